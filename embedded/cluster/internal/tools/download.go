package tools

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// answerTimeout is how long a download site has to answer; a machine that can't reach it should not wait for it.
const answerTimeout = 5 * time.Second

// release is an official download: an archive with the programs, or one file each when the address has {program}.
type release struct {
	url string
	// sha256 is the address of the published checksums, empty where none are published.
	sha256 string
}

// sites remembers which hosts did not answer, so that each is waited for once.
type sites struct {
	client *http.Client
	mute   map[string]error
}

var downloads = &sites{
	client: &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: answerTimeout}).DialContext,
		TLSHandshakeTimeout:   answerTimeout,
		ResponseHeaderTimeout: answerTimeout,
	}},
	mute: map[string]error{},
}

func (r release) fetch(ctx context.Context, p *part, dir string, progress Progress) error {
	if !strings.Contains(r.url, "{program}") {
		return fetchOne(ctx, p.programs, r.url, r.sha256, dir)
	}
	for i, program := range p.programs {
		address := strings.ReplaceAll(r.url, "{program}", program)
		sumAddress := strings.ReplaceAll(r.sha256, "{program}", program)
		if err := fetchOne(ctx, []string{program}, address, sumAddress, dir); err != nil {
			return err
		}
		progress("%s %s: downloaded %s (%d of %d)", p.name, p.version, program, i+1, len(p.programs))
	}
	return nil
}

func fetchOne(ctx context.Context, programs []string, address, sumAddress, dir string) error {
	want := ""
	if sumAddress != "" {
		body, err := downloads.open(ctx, sumAddress)
		if err != nil {
			return err
		}
		sums, err := io.ReadAll(io.LimitReader(body, 1<<20))
		body.Close()
		if err != nil {
			return err
		}
		if want = findSum(string(sums), path.Base(address)); want == "" {
			return fmt.Errorf("%s has no checksum of %s", sumAddress, path.Base(address))
		}
	}
	file, err := os.CreateTemp(dir, ".download-")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	body, err := downloads.open(ctx, address)
	if err != nil {
		return err
	}
	defer body.Close()
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(file, sum), body); err != nil {
		return fmt.Errorf("%s: %w", address, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); want != "" && got != want {
		return fmt.Errorf("%s: its sha256 is %s, published is %s", address, got, want)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if strings.HasSuffix(address, ".tar.gz") || strings.HasSuffix(address, ".tgz") {
		return extract(file, programs, dir)
	}
	return writeProgram(file, filepath.Join(dir, programs[0]))
}

func (s *sites) open(ctx context.Context, address string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	host := request.URL.Host
	if err := s.mute[host]; err != nil {
		return nil, err
	}
	response, err := s.client.Do(request)
	if err != nil {
		s.mute[host] = fmt.Errorf("%s does not answer: %w", host, cause(err))
		return nil, s.mute[host]
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("%s: %s", address, response.Status)
	}
	return response.Body, nil
}

// cause leaves out what the message says already: the address, and the name server that was asked.
func cause(err error) error {
	if resolving := (*net.DNSError)(nil); errors.As(err, &resolving) {
		return errors.New(resolving.Err)
	}
	if asking := (*url.Error)(nil); errors.As(err, &asking) {
		return asking.Err
	}
	return err
}

// findSum reads a checksum file: lines of "sum  name", or nothing but the sum.
func findSum(content, name string) string {
	for line := range strings.Lines(content) {
		fields := strings.Fields(line)
		isSum := len(fields) > 0 && len(fields[0]) == hex.EncodedLen(sha256.Size)
		if isSum && (len(fields) == 1 || strings.TrimPrefix(fields[1], "*") == name) {
			return fields[0]
		}
	}
	return ""
}

// extract takes the programs out of an archive, whatever folder they are in there.
func extract(archive io.Reader, programs []string, dir string) error {
	unzipped, err := gzip.NewReader(archive)
	if err != nil {
		return err
	}
	found := 0
	for reader := tar.NewReader(unzipped); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		name := path.Base(header.Name)
		if header.Typeflag != tar.TypeReg || !slices.Contains(programs, name) {
			continue
		}
		if err := writeProgram(reader, filepath.Join(dir, name)); err != nil {
			return err
		}
		found++
	}
	if found < len(programs) {
		return fmt.Errorf("the archive has %d of %s", found, strings.Join(programs, ", "))
	}
	return nil
}

var elf = []byte("\x7fELF")

// writeProgram refuses what is no program, such as a proxy's error page that was sent as a success.
func writeProgram(content io.Reader, name string) error {
	start := make([]byte, len(elf))
	if _, err := io.ReadFull(content, start); err != nil || !bytes.Equal(start, elf) {
		return fmt.Errorf("what was downloaded as %s is no program", filepath.Base(name))
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, io.MultiReader(bytes.NewReader(start), content)); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
