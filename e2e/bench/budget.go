package main

import "fmt"

// The budgets, for two processors with the load on them and 8 workers.
const (
	budgetSQLite   = 1500 // code flows in an open session a second
	budgetPostgres = 2000
	budgetP99      = 20.0   // ms, of the same
	budgetCPU      = 0.55   // ms of the server's, of the same
	budgetPassword = 0.9    // of bare argon2id
	budgetIdle     = 40.0   // MiB
	budgetStartUp  = 100.0  // ms
	budgetHealth   = 100.0  // ms, the 99th percentile while more want to sign in than can
	budgetWait     = 3000.0 // ms, the longest answer then: 2 s in the queue, and the work
)

// broken are the budgets that a report does not keep.
func (r report) broken() (found []string) {
	miss := func(what string, is, should float64, unit string) {
		found = append(found, fmt.Sprintf("%s: %s is %s %s, the budget is %s", r.title(), what, short(is), unit, short(should)))
	}
	if f, ok := r.figure("code"); ok {
		least := float64(budgetSQLite)
		if r.Database == "postgres" {
			least = budgetPostgres
		}
		if f.Rate < least {
			miss(f.Name, f.Rate, least, "a second")
		}
		if f.P99 >= budgetP99 {
			miss(f.Name+": p99", f.P99, budgetP99, "ms")
		}
		if f.Server > budgetCPU {
			miss(f.Name+": CPU of the server", f.Server, budgetCPU, "ms")
		}
	}
	if f, ok := r.figure("password"); ok && f.Rate < budgetPassword*f.Bare {
		miss(f.Name+": rate", f.Rate, budgetPassword*f.Bare, "a second")
	}
	if r.Idle >= budgetIdle {
		miss("idle memory", r.Idle, budgetIdle, "MiB")
	}
	if r.StartUp >= budgetStartUp {
		miss("start-up", r.StartUp, budgetStartUp, "ms")
	}
	if o := r.Overload; o != nil {
		if o.HealthP99 >= budgetHealth {
			miss("health under overload: p99", o.HealthP99, budgetHealth, "ms")
		}
		if o.Longest >= budgetWait {
			miss("the longest answer under overload", o.Longest, budgetWait, "ms")
		}
		if o.TurnedAway == 0 {
			found = append(found, r.title()+": nobody was turned away under overload")
		}
	}
	return found
}
