package web

// Page is a struct that fills one template. Its exported fields hold printable values only: strings, numbers, booleans,
// paths and message keys, never a type of the domain.
//
// Fields are also the named arguments of the texts: {product} in a text is the field Product. A field tag `bidi:"ltr"`
// keeps an address, a name typed in Latin letters or a code from being turned around in right-to-left languages.
//
// The states of a page are declared by tags, and States lists them:
//
//	states:"a,b"  a text field that is empty or holds one of these keys; with base:"none" it is never empty
//	present:"x"   state x is the page with this field filled (a boolean: true)
//	absent:"x"    state x is the page with this field empty
type Page interface {
	// Template is the name of the template: "signin/identifier" is pages/signin/identifier.html.
	Template() string
	// TitleKey is the key of the text in the heading and the title.
	TitleKey() string
}

// Failing is a page that can show a mistake in what was sent.
type Failing interface {
	Page
	// Failure is what is wrong; the zero Failure when nothing is.
	Failure() Failure
}

// Failure is one mistake, shown in the summary above the form and again at its field.
type Failure struct {
	// Key is the key of the text; empty means that nothing is wrong.
	Key string
	// Field is the id of the field or heading the summary leads to.
	Field string
	// Detail is the key of a second text under the first in the summary; may be empty.
	Detail string
	// Count chooses the plural form of a text that has forms; zero for the others.
	Count int
	// URL is where the marked words of the text at the field lead; may be empty.
	URL string
}

// Names of the hidden fields that every form of a flow carries.
const (
	// FieldFlow names the flow.
	FieldFlow = "flow"
	// FieldStep carries the step token.
	FieldStep = "step"
	// FieldMailToken carries the token of a mail, in a query or in a form.
	FieldMailToken = "t"
)

// Form is the part that every page with a form of a flow shares.
type Form struct {
	// Action is the path the main form posts to.
	Action string
	// FlowID is sent back as the field "flow".
	FlowID string
	// StepToken is sent back as the field "step".
	StepToken string
	// EndsAt is the time of day, with its zone, at which the flow ends; empty when the page should not say so.
	EndsAt string
	// SecondsLeft is how long the flow still lives, for the notice five minutes before its end; zero for no notice.
	SecondsLeft int
}

// ProductChoice is a product whose password may be used instead.
type ProductChoice struct {
	// Name is the product's name.
	Name string
	// URL is the path that asks for that product's password.
	URL string
}

// JoinOffer is a product account that may be joined to the account.
type JoinOffer struct {
	// Name is the product's name.
	Name string
	// Logo is the product's mark, as Assets.URL takes it.
	Logo string
	// Username is what the product calls the user, and Email the address it records where that is another text.
	Username, Email string
	// Field is the name of the field that says "not mine".
	Field string
}

// LinkedProduct is one line of the list of linked products.
type LinkedProduct struct {
	// Name is the product's name.
	Name string
	// Logo is the product's mark, as Assets.URL takes it.
	Logo string
	// Usernames are the product accounts, where there are several; empty otherwise.
	Usernames []string
	// OpenURL opens the product.
	OpenURL string
	// Another begins to link one more account of the product; the zero value leaves it out.
	Another AnotherForm
}
