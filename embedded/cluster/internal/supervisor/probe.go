package supervisor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

const probeTimeout = 5 * time.Second

// Probe tells whether a process does its work: an HTTP(S) URL that answers 200, or a Unix socket that accepts connections.
type Probe struct {
	URL    string `json:"url,omitempty"`
	Socket string `json:"socket,omitempty"`
	// CA, Certificate and Key are files for a server that wants to know who asks.
	CA          string `json:"ca,omitempty"`
	Certificate string `json:"certificate,omitempty"`
	Key         string `json:"key,omitempty"`
	// AnyCertificate is for servers that make their own certificate at each start.
	AnyCertificate bool `json:"anyCertificate,omitempty"`
}

// prober keeps one connection, so that probing every second costs next to nothing.
type prober struct {
	probe  Probe
	client *http.Client
}

func newProber(probe Probe) *prober {
	return &prober{probe: probe}
}

// check returns nil when the process is healthy.
func (p *prober) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	if p.probe.Socket != "" {
		connection, err := (&net.Dialer{}).DialContext(ctx, "unix", p.probe.Socket)
		if err != nil {
			return err
		}
		return connection.Close()
	}
	if p.client == nil {
		config, err := p.probe.tlsConfig()
		if err != nil {
			return err
		}
		p.client = &http.Client{Transport: &http.Transport{TLSClientConfig: config, MaxIdleConns: 1}}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.probe.URL, nil)
	if err != nil {
		return err
	}
	response, err := p.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(response.Body, 512))
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", response.Status, strings.TrimSpace(string(body)))
	}
	return nil
}

func (p Probe) tlsConfig() (*tls.Config, error) {
	config := &tls.Config{InsecureSkipVerify: p.AnyCertificate}
	if p.CA != "" {
		pem, err := os.ReadFile(p.CA)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(pem)
	}
	if p.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(p.Certificate, p.Key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
