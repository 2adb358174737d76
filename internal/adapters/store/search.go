package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"parley/internal/base/phone"
	folded "parley/internal/base/text"
)

// Bounds of what is searched for.
const (
	maxQuery = 100 // characters
	maxWords = 5
)

// searchOf is the text a member or number is found by and lists are ordered by:
// its name first. It is never empty.
func searchOf(parts ...string) string {
	for i := range parts {
		parts[i] = folded.Fold(parts[i])
	}
	return strings.Join(parts, "\n") + "\n"
}

// searchOfNumber holds the digits with the country's code and as people of the
// country dial them.
func searchOfNumber(r *numberRow) string {
	return searchOf(r.Name, folded.Digits(r.E164), folded.Digits(phone.Display(r.E164, r.Country)))
}

// wanted is what somebody typed to search for.
type wanted struct {
	words  []string // all of them have to be there
	digits string   // what was typed, where it is a number or part of one
}

func readQuery(typed string) wanted {
	runes := []rune(folded.Fold(text(typed)))
	typed = string(runes[:min(len(runes), maxQuery)])
	if strings.Trim(typed, "0123456789+-.()/ ") == "" {
		// 00 is how "+" is dialled in most of the world.
		if digits := strings.TrimPrefix(folded.Digits(typed), "00"); digits != "" {
			return wanted{words: []string{digits}, digits: digits}
		}
	}
	words := strings.Fields(typed)
	return wanted{words: words[:min(len(words), maxWords)]}
}

// matching narrows q to rows of the table whose text has all the words.
func (w wanted) matching(q *bun.SelectQuery, table string) *bun.SelectQuery {
	for _, word := range w.words {
		q = q.Where("?.search LIKE ? ESCAPE '!'", bun.Ident(table), containing(word))
	}
	return q
}

// containing is the LIKE pattern of a text with part in it.
func containing(part string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(part) + "%"
}

// fillSearch gives rows from before there was a search text theirs: SQL cannot
// fold as we do.
func (d *DB) fillSearch(ctx context.Context, tx bun.Tx) error {
	var members []memberRow
	err := tx.NewSelect().Model(&members).Column("id", "name", "email", "extension").Where("search = ''").Scan(ctx)
	if err != nil {
		return fmt.Errorf("list members without a search text: %w", err)
	}
	for _, m := range members {
		_, err := tx.NewUpdate().Model(&m).Set("search = ?", searchOf(m.Name, m.Email, m.Extension)).WherePK().Exec(ctx)
		if err != nil {
			return fmt.Errorf("fill a member's search text: %w", err)
		}
	}
	var numbers []numberRow
	err = tx.NewSelect().Model(&numbers).Column("id", "name", "e164", "country").Where("search = ''").Scan(ctx)
	if err != nil {
		return fmt.Errorf("list numbers without a search text: %w", err)
	}
	for _, n := range numbers {
		if _, err := tx.NewUpdate().Model(&n).Set("search = ?", searchOfNumber(&n)).WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("fill a number's search text: %w", err)
		}
	}
	return nil
}
