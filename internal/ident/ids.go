package ident

// Every kind of row has an identifier of its own type, so that one cannot be passed for another. They are made outside
// the domain (randomly, or by the operator for what is declared), compared byte by byte, and mean nothing.
type (
	// TenantID names a customer organisation; chosen by the operator.
	TenantID string
	// ProductID names a product; chosen by the operator.
	ProductID string
	// InstanceID names a tenant's instance of a product.
	InstanceID string
	// ClientID is the OAuth client_id.
	ClientID string
	// ConnectorName names a connector; chosen by the operator.
	ConnectorName string
	// AccountID names a person's account.
	AccountID string
	// CredentialID names one way to sign in to an account.
	CredentialID string
	// ProductAccountID names the person's record inside one product, as we know it.
	ProductAccountID string
	// LinkID names a link between an account and a product account.
	LinkID string
	// UndoID names a change that can be taken back.
	UndoID string
	// MergeID names a merge that was proven and waits for its owner's word.
	MergeID string
	// DeferralID names a look for same-email accounts that a product did not answer.
	DeferralID string
	// InvitationID names an invitation.
	InvitationID string
	// ProofID names a piece of evidence.
	ProofID string
	// FlowID names one attempt to link or to sign in.
	FlowID string
	// SessionID is the hash of a session's secret; the secret itself is only in the cookie.
	SessionID string
	// BrowserID is the hash of a browser's secret; the secret itself is only in the cookie.
	BrowserID string
	// AuthRequestID names a stored authorization request.
	AuthRequestID string
	// GrantID names what one authorization gave to a client.
	GrantID string
	// FamilyID names the refresh tokens of a grant, one after the other.
	FamilyID string
	// EmailChangeID names one request to change the address of an account.
	EmailChangeID string
	// MailID names a mail in the outbox.
	MailID string
	// EventID names an audit event.
	EventID string
	// Subject is the `sub` a product sees: random, one per product account, never reused.
	Subject string
	// ExternalID is the product's own, unchanging key for its user. It is not the username, which changes.
	ExternalID string
	// Generation tells apart two users that had the same ExternalID one after the other.
	Generation string
	// Ref is the number a person can tell support, like "K7Q-4MD"; it finds a flow and gives no access.
	Ref string
)
