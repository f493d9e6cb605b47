package mirrors

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestDebianIn(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"deb822":        {"Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\n", "http://mirror.example/debian"},
		"one line":      {"# deb http://no.example/debian x main\ndeb [arch=amd64] https://mirror.example/debian/ bookworm main\n", "https://mirror.example/debian"},
		"security only": {"URIs: http://mirror.example/debian-security\n", ""},
		"third party":   {"deb https://packages.example/apt stable main\n", ""},
		"sources only":  {"deb-src http://mirror.example/debian bookworm main\n", ""},
	} {
		if got := debianIn(test.text); got != test.want {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestPipIndexIn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pip.conf")
	if err := os.WriteFile(file, []byte("[global]\nindex-url = https://index.example/simple\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := pipIndexIn([]string{"/nonexistent", file}); got != "https://index.example/simple" {
		t.Errorf("got %q", got)
	}
}

func TestNameserversIn(t *testing.T) {
	const text = "# x\nnameserver 127.0.0.53\nnameserver 192.0.2.53\nnameserver ::1\nnameserver 2001:db8::1\nsearch example\n"
	if got := nameserversIn(text); !slices.Equal(got, []string{"192.0.2.53"}) {
		t.Errorf("got %v", got)
	}
}
