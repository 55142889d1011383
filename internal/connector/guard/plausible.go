package guard

import (
	"errors"
	"fmt"

	"ligature/internal/connector"
)

// plausible holds an answer against its question, whatever adapter made it: the outcome is a known one, a proof about a
// user that was asked for is about that user, and comes from a record with an id (ATK-85, ATK-89).
func (c *core) plausible(check connector.Check, answer connector.Answer) error {
	switch answer.Outcome {
	case connector.Match, connector.MatchWeak:
		if answer.Record != nil && answer.Record.ExternalID == "" {
			return c.refusal("connector.no_id", 0, fmt.Errorf("a match without an id: %w", connector.ErrRecord))
		}
		if check.ExternalID != "" && (answer.Record == nil || answer.Record.ExternalID != check.ExternalID) {
			return c.refusal("connector.other_id", 0, fmt.Errorf("a match for another id than was asked for: %w", connector.ErrRecord))
		}
		return nil
	case connector.Rejected, connector.WrongPassword, connector.NotFound, connector.Disabled, connector.Locked, connector.MustReset:
		return nil
	case connector.Unavailable:
		return c.refusal("connector.unavailable", 0, errors.New("the product says that it cannot answer"))
	}
	return c.refusal("connector.outcome", 0, errors.New("an outcome nobody knows"))
}
