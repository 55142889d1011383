package model

import "fmt"

// Finding is what a search has found.
type Finding struct {
	// Worlds counts the different ones, Steps those between them that were tried.
	Worlds, Steps int
	// Depth is the length of the longest of the shortest ways to a world.
	Depth int
	// Law is the law that was broken, and Script the shortest way to break it; empty when all hold.
	Law    string
	Script Script
	// Lost counts the worlds from which Victoria cannot recover by herself, and Way is the shortest script to one of them.
	Lost int
	Way  Script
}

// node is a world that was reached, and how: by an act in the world that an earlier one holds.
type node struct {
	world World
	opens [browsers]uint8 // what each browser opens in it
	from  int32
	act   Act
}

// Search explores a scene breadth first, so that the first broken law is broken in as few steps as possible. Worlds are at
// most limit many.
func Search(scene *Scene, limit int) (Finding, error) {
	s := newStage(scene)
	first := s.world
	nodes := []node{{world: first, from: -1, opens: s.opens(first)}}
	seen := map[World]int32{first: 0}
	var back [][2]int32 // Victoria's own steps, for Recoverable
	f := Finding{}
	for i := 0; i < len(nodes); i++ {
		w := nodes[i].world
		for _, a := range s.acts(w) {
			f.Steps++
			next, law := s.apply(w, a)
			if scene.HarmOnly {
				law = ""
			}
			if law == "" && next == w {
				continue
			}
			at, known := seen[next]
			if !known {
				at = int32(len(nodes))
				seen[next] = at
				nodes = append(nodes, node{next, s.opens(next), int32(i), a})
				if law == "" {
					law = s.judge(next, nodes[at].opens)
				}
			}
			if law == "" && !scene.HarmOnly {
				law = s.judgeStep(&nodes[i], &nodes[at], a)
			}
			if law != "" {
				f.Worlds, f.Law = len(nodes), law
				f.Script = append(s.way(nodes, int32(i)), a)
				f.Depth = len(f.Script)
				return f, nil
			}
			if s.recovers(a) {
				back = append(back, [2]int32{at, int32(i)})
			}
		}
		if len(nodes) > limit {
			return f, fmt.Errorf("%s: more than %d worlds", scene.Name, limit)
		}
	}
	f.Worlds = len(nodes)
	for i := int32(len(nodes)) - 1; i > 0; i = nodes[i].from {
		f.Depth++
	}
	s.lost(&f, nodes, back)
	return f, nil
}

// way is the acts that lead to a node.
func (s *stage) way(nodes []node, at int32) Script {
	if nodes[at].from < 0 {
		return nil
	}
	return append(s.way(nodes, nodes[at].from), nodes[at].act)
}

// recovers reports that a step is Victoria's own, or puts right what only circumstances can.
func (s *stage) recovers(a Act) bool {
	switch a.Kind {
	case HandsOver, SwitchesTenant, SwitchesLegacy, BreaksStore:
		return true
	}
	return a.By == Victoria
}

// lost counts the worlds from which no way of Victoria's leads to a safe one.
func (s *stage) lost(f *Finding, nodes []node, back [][2]int32) {
	ways := make([][]int32, len(nodes))
	for _, e := range back {
		ways[e[0]] = append(ways[e[0]], e[1])
	}
	good := make([]bool, len(nodes))
	var queue []int32
	for i := range nodes {
		if s.safe(nodes[i].world) {
			good[i] = true
			queue = append(queue, int32(i))
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, from := range ways[queue[0]] {
			if !good[from] {
				good[from] = true
				queue = append(queue, from)
			}
		}
	}
	for i := range nodes {
		if good[i] {
			continue
		}
		if f.Lost++; f.Way == nil {
			f.Way = s.way(nodes, int32(i))
		}
	}
}
