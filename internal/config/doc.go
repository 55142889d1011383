// Package config reads and checks the one configuration file.
//
// The file is strict YAML: what is unknown, misspelt, of the wrong type, written twice, missing or in contradiction with
// something else is a mistake, and all mistakes are reported at once, each with file, line, column and what to do about
// it. Anchors, aliases, tags and merge keys are refused, so that a line means what it says where it stands. Secrets are
// never in the file: it names a file or an environment variable.
//
// A key that is absent has its default, and a new key's default is what was done before the key existed. The package
// knows nothing of what it configures: a connector's own options are kept raw with their positions (Raw), and its
// adapter decodes them as strictly as the rest. The struct tags and field comments of this package are the source of
// docs/reference/configuration.md.
//
// # Tags
//
// The decoder reads these tags, here and in an adapter's option struct:
//
//	yaml:"key"                  the key; a field without it is not read
//	yaml:"key,secret"           the value comes from key_file or key_env; key itself is refused
//	yaml:"key,secret,literal"   as above, and key itself may hold it as long as it carries no password
//	yaml:",secret"              the value comes from the keys file or env of this mapping
//	yaml:",inline"              the fields of this struct stand beside the others; of two with one key the outer counts
//	need:"yes"                  absence is a mistake
//	default:"text"              stands for an absent key
//	one:"a b c"                 the only values allowed
//	later:"d e"                 values that are planned and refused with that sentence
//	range:"1..10"               least and greatest number or duration; for a list, number of entries
//	form:"id"                   see the forms in form.go
//	example:"text"              used in fixes and in the reference
//
// Fields may be string, bool, integer and float types, time.Duration, netip.Prefix, ident.Email, Mailbox, File, Mark, KeySet,
// Secret, Raw, []byte (only with secret), encoding.TextUnmarshaler, and structs, pointers, slices and maps of strings of these.
package config
