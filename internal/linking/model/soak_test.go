//go:build soak

package model_test

import (
	"testing"

	"ligature/internal/linking/model"
)

// TestSoakWide explores the wide scenes, however long it takes.
func TestSoakWide(t *testing.T) {
	for _, scene := range model.Wide() {
		t.Run(scene.Name, func(t *testing.T) { holds(t, scene, 20*most) })
	}
}
