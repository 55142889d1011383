package web

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"ligature/internal/fault"
)

// pages is one value of every page struct; what is not listed here cannot be rendered.
func pages() []Page {
	return []Page{
		IdentifierPage{}, PasswordPage{}, EmailPage{}, InboxPage{},
		MailLinkPage{}, OtherBrowserPage{}, CodePage{}, LinkErrorPage{}, NotMePage{}, NotMeDonePage{},
		LinkedPage{}, LinkPage{}, ForgotPage{}, ForgotSentPage{}, ChoosePage{}, NewPasswordPage{}, SignOutPage{}, SignedOutPage{}, ReturnPage{},
		ResetPage{}, ResetSentPage{}, PasswordChangePage{}, EmailChangePage{}, EmailChangeInboxPage{}, EmailChangeElsewherePage{},
		EmailChangeStopPage{}, AccountNewsPage{},
		InvitationPage{}, InvitationOwnedPage{}, InvitationEndedPage{},
		OwnPage{}, OwnSessionsPage{}, OwnActivityPage{}, UnlinkPage{}, UndoPage{}, CloseAccountPage{}, AccountClosedPage{},
		MergePage{}, MergePlanPage{},
		ProblemPage{}, HelpPage{},
	}
}

// States lists every state of every page, from the tags of the page structs: "signin-identifier" is the page as it first
// opens, "signin-identifier.empty" one of its variants.
func States() []string {
	var all []string
	for _, page := range pages() {
		all = append(all, statesOf(page)...)
	}
	return all
}

// statesOf lists the states of one page, the plain one first.
func statesOf(page Page) []string {
	name := strings.ReplaceAll(page.Template(), "/", "-")
	plain := true
	var variants []string
	for _, field := range reflect.VisibleFields(reflect.TypeOf(page)) {
		for _, tag := range []string{"states", "present", "absent"} {
			for key := range strings.SplitSeq(field.Tag.Get(tag), ",") {
				if key != "" {
					variants = append(variants, name+"."+key)
				}
			}
		}
		plain = plain && field.Tag.Get("base") != "none"
	}
	if plain {
		return append([]string{name}, variants...)
	}
	return variants
}

// declared fails when a field with a states tag holds a key that the tag does not name.
func declared(page Page) error {
	if page == nil || reflect.TypeOf(page).Kind() != reflect.Struct {
		return fault.New(fault.Internal, "page.not_a_struct")
	}
	v := reflect.ValueOf(page)
	for i, field := range reflect.VisibleFields(v.Type()) {
		tag, ok := field.Tag.Lookup("states")
		if !ok {
			continue
		}
		key := v.FieldByIndex(field.Index).String()
		if key == "" && field.Tag.Get("base") != "none" {
			continue
		}
		if !slices.Contains(strings.Split(tag, ","), key) {
			err := fmt.Errorf("%s: field %d (%s) holds an undeclared key", page.Template(), i, field.Name)
			return fault.Wrap(fault.Internal, "page.undeclared", err)
		}
	}
	return nil
}
