package web

// ChoosePage asks which of several product accounts to open. Its forms send the request, the account and the step token.
type ChoosePage struct {
	// Action is the path the forms post to; FieldRequest, FieldAccount and FieldStep are their fields.
	Action string
	// Request names the request that waits, StepToken allows the form.
	Request, StepToken string
	// Product is the product to be opened.
	Product string
	// ProductLogo is that product's mark, as Assets.URL takes it.
	ProductLogo string
	// Tenant is the name of the workspace.
	Tenant string
	// Accounts are those to choose from.
	Accounts []AccountChoice
	// Another begins to link one more account of the product.
	Another AnotherForm
	// OtherURL leads to where somebody else signs in.
	OtherURL string
	// Error is a key of what is wrong.
	Error string `states:"again"`
}

// The fields of the forms of ChoosePage and AnotherForm, beside FieldStep.
const (
	// FieldRequest names the authorization request that waits.
	FieldRequest = "request"
	// FieldAccount names the picked product account.
	FieldAccount = "account"
	// FieldTenant and FieldProduct name where one more account is to be linked.
	FieldTenant  = "tenant"
	FieldProduct = "product"
)

// Template implements Page.
func (ChoosePage) Template() string { return "account/choose" }

// TitleKey implements Page.
func (ChoosePage) TitleKey() string { return "account.choose.title" }

// Failure implements Failing.
func (p ChoosePage) Failure() Failure { return failure("account.choose.error.", p.Error, "account-0") }

// AccountChoice is one product account to choose, as the product records it.
type AccountChoice struct {
	// ID is what the form sends.
	ID string
	// Name, Username and Email are the lines, the first of which stands out; empty where it would say nothing new.
	Name, Username, Email string
}

// AnotherForm is a button that begins to link one more account of a product to the account that is signed in. The zero value
// is no button.
type AnotherForm struct {
	// Action is the path it posts to: FieldTenant, FieldProduct, FieldRequest and FieldStep.
	Action, StepToken string
	// Tenant and Product are ids, Name is the product's name.
	Tenant, Product, Name string
	// Request is the authorization request that waits; empty when none does.
	Request string
}

// anotherView is the view with one such button in hand.
type anotherView struct {
	view
	F AnotherForm
}

// Button takes a button in hand.
func (v view) Button(f AnotherForm) anotherView { return anotherView{v, f} }
