package testkit

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axeVersion is the release of axe-core (Mozilla Public License 2.0) that pages
// are checked with. npm checks what it fetches against the registry's digest.
const axeVersion = "4.14.1"

const maxAxe = 8 << 20

// Axe is the accessibility checker as a script.
type Axe string

// FetchAxe gets the checker from the npm registry, or from where an earlier run
// has left it.
func FetchAxe() (Axe, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, "parley-tests")
	file := filepath.Join(dir, "axe-core-"+axeVersion+".tgz")
	raw, err := os.ReadFile(file)
	if err != nil {
		if _, err := exec.LookPath("npm"); err != nil {
			return "", errors.New("npm is missing, which fetches axe-core: apt-get install npm")
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", fmt.Errorf("make a folder for axe-core: %w", err)
		}
		cmd := exec.Command("npm", "pack", "axe-core@"+axeVersion, "--pack-destination", dir)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("fetch axe-core with npm: %w: %s", err, out)
		}
		if raw, err = os.ReadFile(file); err != nil {
			return "", fmt.Errorf("read axe-core: %w", err)
		}
	}
	return unpackAxe(raw)
}

func unpackAxe(raw []byte) (Axe, error) {
	plain, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return "", fmt.Errorf("unpack axe-core: %w", err)
	}
	for files := tar.NewReader(plain); ; {
		head, err := files.Next()
		if err != nil {
			return "", fmt.Errorf("unpack axe-core: %w", err)
		}
		if head.Name != "package/axe.min.js" {
			continue
		}
		script, err := io.ReadAll(io.LimitReader(files, maxAxe))
		if err != nil {
			return "", fmt.Errorf("unpack axe-core: %w", err)
		}
		return Axe(script), nil
	}
}

// Check fails the test for everything axe finds wrong with the page as the
// window shows it.
func (w *Window) Check(axe Axe, where string) {
	w.t.Helper()
	has, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool](`"axe" in window`))
	if err == nil && !has {
		err = chromedp.Do(w.ctx, chromedp.Evaluate[chromedp.Void](string(axe)))
	}
	check(w.t, "load axe", err)
	type violation struct {
		ID, Help string
		Nodes    []struct{ HTML, FailureSummary string }
	}
	found, err := chromedp.Run(w.ctx, chromedp.Evaluate[[]byte](
		`axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations)`, chromedp.EvalAwaitPromise))
	check(w.t, "run axe", err)
	var violations []violation
	check(w.t, "read what axe found", json.Unmarshal(found, &violations))
	for _, v := range violations {
		for _, n := range v.Nodes {
			w.t.Errorf("%s: %s (%s): %.300s: %s", where, v.Help, v.ID, n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", " "))
		}
	}
}

// Size gives the window a width; what runs over it is an error.
func (w *Window) Size(width int64, where string) {
	w.t.Helper()
	const height = 900
	w.Do("size the window", chromedp.EmulateViewport(width, height))
	over, err := chromedp.Run(w.ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - window.innerWidth`))
	check(w.t, "measure the page", err)
	if over > 0 {
		w.t.Errorf("%s is %d px wider than the window", where, over)
	}
}

// Scheme shows the page as somebody sees it who prefers "light" or "dark", and no
// motion: colours that are still changing cannot be judged.
func (w *Window) Scheme(scheme string) {
	w.t.Helper()
	_, err := chromedp.Call(w.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		},
	})
	check(w.t, "choose the colour scheme", err)
	w.Do("have the page drawn anew", chromedp.Evaluate[chromedp.Void](
		`Promise.all(document.getAnimations().map(a => a.finished.catch(() => {}))).then(() =>
			new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn()))))`, chromedp.EvalAwaitPromise))
}

// Links are the addresses within the site that the page leads to.
func (w *Window) Links() []string {
	w.t.Helper()
	links, err := chromedp.Run(w.ctx, chromedp.Evaluate[[]string](
		`[...document.querySelectorAll("a[href]")].filter(a => a.origin === location.origin && !a.hasAttribute("download")).map(a => a.pathname)`))
	check(w.t, "read the page's links", err)
	return links
}

// Speak chooses the language of the window's pages.
func (w *Window) Speak(language string) {
	w.t.Helper()
	w.Do("choose the language", chromedp.Evaluate[chromedp.Void](
		`fetch("/language", {method: "POST", body: new URLSearchParams({lang: `+quote(language)+`, back: "/login"})}).then(r => r.text())`,
		chromedp.EvalAwaitPromise))
}
