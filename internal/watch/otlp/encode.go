package otlp

import (
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/protobuf/encoding/protowire"
)

// The numbers of the fields, as in opentelemetry/proto of OTLP 1.9: trace/v1/trace.proto, common/v1/common.proto and
// resource/v1/resource.proto. A test reads what is written here with the published types.
const (
	requestResourceSpans = 1

	resourceSpansResource = 1
	resourceSpansScopes   = 2
	resourceAttributes    = 1
	scopeSpansScope       = 1
	scopeSpansSpans       = 2
	scopeName             = 1

	spanTraceID    = 1
	spanID         = 2
	spanParent     = 4
	spanName       = 5
	spanKind       = 6
	spanBegan      = 7
	spanEnded      = 8
	spanAttributes = 9
	spanLinks      = 13
	spanStatus     = 15
	spanFlags      = 16

	linkTraceID = 1
	linkSpanID  = 2
	statusCode  = 3

	pairKey     = 1
	pairValue   = 2
	valueString = 1
	valueBool   = 2
	valueInt    = 3
)

// statusError is Status.STATUS_CODE_ERROR.
const statusError = 2

// encode is an ExportTraceServiceRequest. All spans of a process have one resource; they are put by scope.
func encode(spans []sdk.ReadOnlySpan) []byte {
	var scopes []instrumentation.Scope
	byScope := map[instrumentation.Scope][]byte{}
	for _, s := range spans {
		scope := s.InstrumentationScope()
		if _, known := byScope[scope]; !known {
			scopes = append(scopes, scope)
		}
		byScope[scope] = message(byScope[scope], scopeSpansSpans, span(s))
	}
	var resource []byte
	for _, pair := range spans[0].Resource().Attributes() {
		resource = message(resource, resourceAttributes, keyValue(pair))
	}
	all := message(nil, resourceSpansResource, resource)
	for _, scope := range scopes {
		all = message(all, resourceSpansScopes, append(message(nil, scopeSpansScope, text(nil, scopeName, scope.Name)), byScope[scope]...))
	}
	return message(nil, requestResourceSpans, all)
}

func span(s sdk.ReadOnlySpan) []byte {
	c := s.SpanContext()
	traceID, id := c.TraceID(), c.SpanID()
	b := message(nil, spanTraceID, traceID[:])
	b = message(b, spanID, id[:])
	if s.Parent().SpanID().IsValid() {
		parent := s.Parent().SpanID()
		b = message(b, spanParent, parent[:])
	}
	b = text(b, spanName, s.Name())
	b = number(b, spanKind, uint64(s.SpanKind())) // the API's kinds have the numbers of the format
	b = instant(b, spanBegan, s.StartTime())
	b = instant(b, spanEnded, s.EndTime())
	for _, pair := range s.Attributes() {
		b = message(b, spanAttributes, keyValue(pair))
	}
	for _, link := range s.Links() {
		linkedTrace, linked := link.SpanContext.TraceID(), link.SpanContext.SpanID()
		b = message(b, spanLinks, message(message(nil, linkTraceID, linkedTrace[:]), linkSpanID, linked[:]))
	}
	if s.Status().Code == codes.Error {
		b = message(b, spanStatus, number(nil, statusCode, statusError))
	}
	b = protowire.AppendTag(b, spanFlags, protowire.Fixed32Type)
	return protowire.AppendFixed32(b, uint32(c.TraceFlags()))
}

// keyValue encodes an attribute; the package watch has texts, whole numbers and truth values.
func keyValue(pair attribute.KeyValue) []byte {
	var value []byte
	switch pair.Value.Type() {
	case attribute.BOOL:
		n := uint64(0)
		if pair.Value.AsBool() {
			n = 1
		}
		value = number(nil, valueBool, n)
	case attribute.INT64:
		value = number(nil, valueInt, uint64(pair.Value.AsInt64()))
	default:
		value = text(nil, valueString, pair.Value.String())
	}
	return message(text(nil, pairKey, string(pair.Key)), pairValue, value)
}

func message(b []byte, field protowire.Number, content []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), content)
}

func text(b []byte, field protowire.Number, content string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), content)
}

func number(b []byte, field protowire.Number, n uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), n)
}

func instant(b []byte, field protowire.Number, at time.Time) []byte {
	return protowire.AppendFixed64(protowire.AppendTag(b, field, protowire.Fixed64Type), uint64(at.UnixNano()))
}
