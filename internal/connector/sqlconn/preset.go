package sqlconn

import (
	"cmp"
	"errors"
	"strings"

	"ligature/internal/connector/preset"
	"ligature/internal/legacyhash"
)

// errPreset says that there is no preset of that name.
var errPreset = errors.New("is no preset")

// filled gives the options with what their preset says wherever the operator says nothing.
func (o Options) filled() (Options, error) {
	if o.Preset == "" {
		if len(o.With) > 0 {
			return o, errors.New("counts only beside preset")
		}
		return o, nil
	}
	p, ok := preset.Find(o.Preset)
	if !ok {
		return o, errPreset
	}
	s, err := p.Statements(o.Driver, o.With)
	if err != nil {
		return o, err
	}
	o.ByID, o.List = cmp.Or(o.ByID, s.ByID), cmp.Or(o.List, s.List)
	o.ByEmail, o.ByUsername = cmp.Or(o.ByEmail, s.ByEmail), cmp.Or(o.ByUsername, s.ByUsername)
	if o.Hash.Format == "" || o.Hash.Format == legacyhash.Auto {
		o.Hash.Format = p.Hash.Format
		o.Hash.Iterations = cmp.Or(o.Hash.Iterations, p.Hash.Iterations)
	}
	return o, nil
}

// checkPreset fills in the preset, and tells what is wrong with it.
func (o Options) checkPreset(report func(key, problem, fix string)) Options {
	filled, err := o.filled()
	_, driver := drivers()[o.Driver]
	switch {
	case err == nil:
	case errors.Is(err, errPreset):
		report("preset", "is none that is known", "write one of "+strings.Join(preset.Names(), ", ")+", or your own SELECTs")
	case o.Preset == "":
		report("with", err.Error(), "write preset: and a name, or remove it")
	case driver: // what is wrong with another one was told
		report("preset", "does not fit: "+err.Error(), "correct driver or with, or write your own SELECTs")
	}
	return filled
}
