package tools

import (
	"slices"
	"testing"
)

func TestPlannedPackages(t *testing.T) {
	plan := `Reading package lists...
The following NEW packages will be installed:
  conntrack runc
Remv containerd.io [1.7]
Inst runc (1.1.5+ds1-1+deb12u1 Debian:12.11/stable, Debian-Security:12/stable-security [amd64])
Inst iproute2 [6.1.0-3] (6.1.0-3 Debian:12.11/stable [amd64])
Inst conntrack (1:1.4.7-1+b2 Debian:12.11/stable [amd64])
Conf runc (1.1.5+ds1-1+deb12u1 Debian:12.11/stable [amd64])
`
	want := []string{"runc=1.1.5+ds1-1+deb12u1", "iproute2=6.1.0-3", "conntrack=1:1.4.7-1+b2"}
	if got := plannedPackages(plan); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOSReleaseVersion(t *testing.T) {
	for content, want := range map[string]string{
		"ID=debian\nVERSION_ID=\"12\"\n":            "12",
		"VERSION_ID=13":                             "13",
		"PRETTY_NAME=\"Debian trixie/sid\"\nID=x\n": "unknown",
	} {
		if got := osReleaseVersion(content); got != want {
			t.Errorf("%q: got %q, want %q", content, got, want)
		}
	}
}

func TestLastLines(t *testing.T) {
	if got := lastLines([]byte("a\nb\nc\n"), 2); got != "b\nc" {
		t.Errorf("got %q", got)
	}
	if got := lastLines([]byte("a\n"), 5); got != "a" {
		t.Errorf("got %q", got)
	}
}
