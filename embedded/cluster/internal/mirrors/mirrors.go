// Package mirrors reads the machine's own settings for packages: where it takes Debian's and Python's from, which
// certificate authorities it trusts, which name servers it asks. None of it is written into a file of the project.
package mirrors

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Debian is the base address of the machine's mirror of Debian, "" when its settings name none.
func Debian() string {
	files := []string{"/etc/apt/sources.list"}
	for _, pattern := range []string{"/etc/apt/sources.list.d/*.list", "/etc/apt/sources.list.d/*.sources"} {
		found, _ := filepath.Glob(pattern)
		files = append(files, found...)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if mirror := debianIn(string(data)); mirror != "" {
			return mirror
		}
	}
	return ""
}

// debianIn finds the first address of Debian's main archive in either form of a sources file.
// Other archives (security, third parties) have no `/debian` at the end.
func debianIn(text string) string {
	for _, line := range strings.Split(text, "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 || (fields[0] != "deb" && !strings.EqualFold(fields[0], "URIs:")) {
			continue
		}
		for _, field := range fields[1:] {
			address := strings.TrimRight(field, "/")
			if strings.HasPrefix(address, "http") && strings.HasSuffix(address, "/debian") {
				return address
			}
		}
	}
	return ""
}

// PipIndexURL is the machine's index of Python packages, "" for the official one.
func PipIndexURL() string {
	if url := os.Getenv("PIP_INDEX_URL"); url != "" {
		return url
	}
	return pipIndexIn(pipConfigFiles())
}

func pipConfigFiles() []string {
	files := []string{"/etc/xdg/pip/pip.conf", "/etc/pip.conf"}
	if home, err := os.UserHomeDir(); err == nil {
		files = append(files, filepath.Join(home, ".pip/pip.conf"), filepath.Join(home, ".config/pip/pip.conf"))
	}
	if file := os.Getenv("PIP_CONFIG_FILE"); file != "" {
		files = append(files, file)
	}
	return files
}

// pipIndexIn reads the files as pip does, the last one wins.
func pipIndexIn(files []string) string {
	index := ""
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for _, line := range strings.Split(string(data), "\n") {
			key, value, found := strings.Cut(line, "=")
			if found && strings.TrimSpace(key) == "index-url" {
				index = strings.TrimSpace(value)
			}
		}
	}
	return index
}

// CABundle is the PEM text of the certificate authorities that this machine trusts beyond the usual ones, nil when there are none.
func CABundle() ([]byte, error) {
	files, err := filepath.Glob("/usr/local/share/ca-certificates/*.crt")
	if err != nil {
		return nil, err
	}
	nested, err := filepath.Glob("/usr/local/share/ca-certificates/*/*.crt")
	if err != nil {
		return nil, err
	}
	files = append(files, nested...)
	slices.Sort(files)
	var bundle []byte
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		bundle = append(append(bundle, bytes.TrimSpace(data)...), '\n')
	}
	return bundle, nil
}

// Nameservers are the machine's name servers that pods can reach: one on loopback (a local cache) is theirs, not the machine's.
func Nameservers() []string {
	for _, file := range []string{"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"} {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if servers := nameserversIn(string(data)); len(servers) > 0 {
			return servers
		}
	}
	return nil
}

func nameserversIn(text string) []string {
	var servers []string
	for _, line := range strings.Split(text, "\n") {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "nameserver" || strings.HasPrefix(fields[1], "127.") || fields[1] == "::1" {
			continue
		}
		if !strings.Contains(fields[1], ":") { // pods have IPv4 only
			servers = append(servers, fields[1])
		}
	}
	return servers
}
