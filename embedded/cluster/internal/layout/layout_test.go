package layout

import "testing"

func TestParseNetwork(t *testing.T) {
	n, err := ParseNetwork("10.140\n")
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		n.Pods.String(): "10.140.0.0/17", n.Services.String(): "10.141.0.0/16", n.Node.String(): "10.140.255.1",
		n.DNS.String(): "10.141.0.10", n.API.String(): "10.141.0.1", n.APIServer(): "https://10.140.255.1:6443",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for _, wrong := range []string{"", "10", "10.", "10.256", "10.255", "127.1", "224.1", "10.1.2", "a.b"} {
		if _, err := ParseNetwork(wrong); err == nil {
			t.Errorf("%q was accepted", wrong)
		}
	}
}
