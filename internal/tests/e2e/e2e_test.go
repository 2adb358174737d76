// Package e2e tests the whole program from outside: the real server, agents and
// callers over real websockets and WebRTC, real SIP phones, real audio.
package e2e

import (
	"fmt"
	"os"
	"testing"

	"parley/internal/tests/testkit"
)

// program is the server under test, built once.
var program *testkit.Program

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	var err error
	if program, err = testkit.Build(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = program.Remove() }()
	return m.Run()
}

// The company of most tests.
const (
	ada    = "ada@example.com"
	ben    = "ben@example.com"
	cyd    = "cyd@example.com"
	number = "+33123456789"
)

// company is a workspace with three members who have the one number. Its
// number's switches come from the test, as YAML at the depth of the number.
func company(switches string) string {
	return `
workspace: {name: Acme, language: en, time_zone: Europe/Paris, country: FR}
members:
  - {email: ` + ada + `, name: Ada Admin, role: owner, wrap_up: 0s}
  - {email: ` + ben + `, name: Ben Brown, role: member, wrap_up: 0s}
  - {email: ` + cyd + `, name: Cyd Cole, role: member, wrap_up: 0s}
tags:
  - {name: Sale}
  - {name: Complaint}
numbers:
  - number: "` + number + `"
    name: Main line
    web_call: true
    members: [` + ada + `, ` + ben + `, ` + cyd + `]
` + switches
}
