package people

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"parley/internal/base/fault"
	"parley/internal/base/phone"
	"parley/internal/domain/member"
	"parley/internal/domain/number"
	"parley/internal/domain/team"
)

// maxCSV bounds an uploaded list, in bytes.
const maxCSV = 1 << 20

// reason is the column that RejectedCSV adds; on the way back in it is ignored.
const reason = "reason"

// Columns lists the columns of an uploaded list. Only email has to be there; the
// order is free. Several teams or numbers in one cell are separated by "|".
func Columns() []string { return []string{"email", "name", "role", "teams", "numbers", "language"} }

// InviteCSV invites everybody of a list: the first line names the columns, commas
// or semicolons separate them, and b gives what cells leave empty. Lines that are
// wrong come back as Outcomes with a Problem and do not stop the others. Faults of
// the whole list, on the field file: error.csv-header, error.csv-column {name},
// error.csv-empty, error.csv-too-many {limit}, error.csv-large, error.csv-encoding;
// and those of Invite. A list makes no owners: whoever makes one is asked for his
// passkey, and of a list nobody can say beforehand whom it makes.
func (s *Service) InviteCSV(ctx context.Context, actor member.Member, r io.Reader, b Batch) ([]Outcome, error) {
	rows, err := readRows(r)
	if err != nil {
		return nil, err
	}
	desk, err := s.openDesk(ctx, actor)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var all []request
	for _, row := range rows {
		asked := desk.request(row, b)
		if key := strings.ToLower(strings.TrimSpace(asked.Email)); asked.Problem == nil && key != "" {
			if seen[key] {
				continue // the same address twice is one invitation
			}
			seen[key] = true
		}
		all = append(all, asked)
	}
	return s.inviteAll(ctx, actor, b, all)
}

// csvRow is one line of the list. Its cells are in the order of Columns.
type csvRow struct {
	line    int
	cells   []string
	garbled bool // it is no CSV; the first cell holds it as it came
}

// readRows reads a list line by line, so that a quote that is never closed spoils
// its own line only.
func readRows(r io.Reader) ([]csvRow, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxCSV+1))
	if err != nil {
		return nil, fmt.Errorf("read the list: %w", err)
	}
	if len(raw) > maxCSV {
		return nil, fault.OnField("file", "error.csv-large")
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(raw) || bytes.IndexByte(raw, 0) >= 0 {
		return nil, fault.OnField("file", "error.csv-encoding")
	}
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(raw)), "\n")
	var order []int // of the columns: place in the line to place in Columns
	var comma rune
	var rows []csvRow
	for i, line := range lines {
		if strings.Trim(line, " \t,;") == "" {
			continue
		}
		if order == nil {
			if comma, order, err = header(line); err != nil {
				return nil, err
			}
			continue
		}
		if len(rows) == MaxBatch {
			return nil, fault.OnField("file", "error.csv-too-many").With("limit", strconv.Itoa(MaxBatch))
		}
		rows = append(rows, readRow(i+1, line, comma, order))
	}
	if order == nil || len(rows) == 0 {
		return nil, fault.OnField("file", "error.csv-empty")
	}
	return rows, nil
}

// header reads the line that names the columns, and by it tells the separator.
func header(line string) (comma rune, order []int, err error) {
	comma = ','
	for _, c := range ";\t" {
		if strings.Count(line, string(c)) > strings.Count(line, string(comma)) {
			comma = c
		}
	}
	names, ok := cells(line, comma)
	if !ok {
		return 0, nil, fault.OnField("file", "error.csv-header")
	}
	for _, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		place := slices.Index(Columns(), name)
		if place < 0 && name != reason && name != "" {
			return 0, nil, fault.OnField("file", "error.csv-column").With("name", short(name))
		}
		if place >= 0 && slices.Contains(order, place) {
			return 0, nil, fault.OnField("file", "error.csv-header")
		}
		order = append(order, place)
	}
	if !slices.Contains(order, 0) {
		return 0, nil, fault.OnField("file", "error.csv-header")
	}
	return comma, order, nil
}

func readRow(line int, text string, comma rune, order []int) csvRow {
	row := csvRow{line: line, cells: make([]string, len(Columns()))}
	got, ok := cells(text, comma)
	if !ok || len(got) > len(order) {
		row.garbled, row.cells[0] = true, strings.TrimSpace(text)
		return row
	}
	for i, cell := range got {
		if order[i] >= 0 {
			row.cells[order[i]] = strings.TrimSpace(unarmed(cell))
		}
	}
	return row
}

// cells takes one line apart.
func cells(line string, comma rune) ([]string, bool) {
	r := csv.NewReader(strings.NewReader(line))
	r.Comma, r.FieldsPerRecord = comma, -1
	got, err := r.Read()
	return got, err == nil
}

// request is what one line asks for; b fills in what it leaves empty.
func (d *desk) request(row csvRow, b Batch) request {
	out := request{Outcome: Outcome{Line: row.line, Email: row.cells[0], Name: row.cells[1], Row: row.cells}, batch: b}
	if row.garbled {
		out.Email = ""
		out.Problem = fault.New(fault.Invalid, "error.csv-line")
		return out
	}
	if role := strings.ToLower(row.cells[2]); role != "" {
		out.batch.Role = member.Role(role)
	}
	if language := strings.ToLower(row.cells[5]); language != "" {
		out.batch.Language = language
	}
	if out.batch.Role == member.Owner && d.actor.Role.MayGive(member.Owner) {
		out.Problem = fault.OnField("role", "error.csv-owner")
		return out
	}
	if cell := row.cells[3]; cell != "" {
		out.batch.TeamIDs, out.Problem = d.teamIDs(cell)
	}
	if cell := row.cells[4]; cell != "" && out.Problem == nil {
		out.batch.PickNumber = false // a line that names numbers means those
		out.batch.NumberIDs, out.Problem = d.numberIDs(cell)
	}
	return out
}

func (d *desk) teamIDs(cell string) ([]string, *fault.Error) {
	find := func(name string) int {
		return slices.IndexFunc(d.teams, func(t team.Team) bool { return sameName(t.Name, name) })
	}
	if i := find(cell); i >= 0 { // a name may have a bar in it
		return []string{d.teams[i].ID}, nil
	}
	var ids []string
	for name := range strings.SplitSeq(cell, "|") {
		i := find(name)
		if i < 0 {
			return nil, fault.OnField("teams", "error.csv-team").With("name", short(strings.TrimSpace(name)))
		}
		ids = append(ids, d.teams[i].ID)
	}
	return ids, nil
}

func (d *desk) numberIDs(cell string) ([]string, *fault.Error) {
	var ids []string
	for typed := range strings.SplitSeq(cell, "|") {
		e164, err := phone.Parse(unarmed(strings.TrimSpace(typed)), d.ws.Country)
		i := slices.IndexFunc(d.numbers, func(n number.Number) bool { return err == nil && n.E164 == e164 })
		if i < 0 {
			return nil, fault.OnField("numbers", "error.csv-number").With("name", short(strings.TrimSpace(typed)))
		}
		ids = append(ids, d.numbers[i].ID)
	}
	return ids, nil
}

// RejectedCSV writes the outcomes that have a problem as a list that can be mended
// and uploaded again, the sentence of each in the column reason. Cells that a
// spreadsheet would run as a formula are made plain text.
func RejectedCSV(outcomes []Outcome, say func(*fault.Error) string) []byte {
	var b bytes.Buffer
	b.WriteString("\xef\xbb\xbf") // spreadsheets take it for their own code page otherwise
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	_ = w.Write(append(Columns(), reason)) // a buffer takes everything
	for _, o := range outcomes {
		if o.Problem == nil {
			continue
		}
		row := make([]string, len(Columns()))
		if copy(row, o.Row); o.Row == nil {
			row[0], row[1] = o.Email, o.Name
		}
		row = append(row, say(o.Problem))
		for i := range row {
			row[i] = armed(row[i])
		}
		_ = w.Write(row)
	}
	w.Flush()
	return b.Bytes()
}

// formula are the characters that a spreadsheet takes for the beginning of one, and
// the apostrophe, which would be taken for such a one; separators end a cell in some
// country or other.
const (
	formula    = "=+-@\t\r\n'"
	separators = ";,\t\r\n\""
)

// armed puts an apostrophe before what a spreadsheet takes for a formula. One that
// separates cells by something else than we do must not find any either.
func armed(cell string) string {
	var b strings.Builder
	first := true
	for _, r := range cell {
		if first && strings.ContainsRune(formula, r) {
			b.WriteByte('\'')
		}
		b.WriteRune(r)
		first = begins(r, first)
	}
	return b.String()
}

// begins says whether a cell may begin behind r; a blank before it changes nothing.
func begins(r rune, first bool) bool {
	return strings.ContainsRune(separators, r) || first && r == ' '
}

// unarmed takes the apostrophes off again.
func unarmed(cell string) string {
	var b strings.Builder
	first := true
	runes := []rune(cell)
	for i := 0; i < len(runes); i++ {
		if first && runes[i] == '\'' && i+1 < len(runes) && strings.ContainsRune(formula, runes[i+1]) {
			i++
		}
		b.WriteRune(runes[i])
		first = begins(runes[i], first)
	}
	return b.String()
}

// short cuts what is quoted in a sentence.
func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
