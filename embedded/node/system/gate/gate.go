// Package gate is a CNI plugin that lets a pod start only once the NetworkPolicy
// controller has loaded the pod's rules into the kernel.
package gate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Name is the plugin's file name and its type in the network's configuration.
const Name = "policy-gate"

// timeout limits how long a pod's start waits for the controller; the kubelet tries again after that.
const timeout = 20 * time.Second

// config is the network's configuration, which CNI passes on standard input.
type config struct {
	CNIVersion string          `json:"cniVersion"`
	Socket     string          `json:"socket"`
	PrevResult json.RawMessage `json:"prevResult"`
}

// Run handles one call of the plugin; getenv returns CNI's variables.
func Run(getenv func(string) string, in io.Reader, out io.Writer) error {
	if getenv("CNI_COMMAND") == "VERSION" {
		return json.NewEncoder(out).Encode(map[string]any{"cniVersion": "1.0.0", "supportedVersions": []string{"0.3.1", "0.4.0", "1.0.0"}})
	}
	var c config
	if err := json.NewDecoder(in).Decode(&c); err != nil {
		return err
	}
	switch command := getenv("CNI_COMMAND"); command {
	case "ADD":
		ip, err := address(c.PrevResult)
		if err != nil {
			return err
		}
		args := arguments(getenv("CNI_ARGS"))
		err = c.call(http.MethodPost, "/sandboxes", map[string]string{
			"container": getenv("CNI_CONTAINERID"),
			"namespace": args["K8S_POD_NAMESPACE"],
			"name":      args["K8S_POD_NAME"],
			"uid":       args["K8S_POD_UID"],
			"ip":        ip,
		}, timeout)
		if err != nil {
			return err
		}
		_, err = out.Write(c.PrevResult)
		return err
	case "DEL":
		// A pod must be deletable while the controller is not running. Its entry stays in the registry then, where the next
		// pod with the same address replaces it, and gets no traffic, because its pod does not exist.
		_ = c.call(http.MethodDelete, "/sandboxes/"+url.PathEscape(getenv("CNI_CONTAINERID")), nil, 0)
		return nil
	case "CHECK":
		return nil
	default:
		return fmt.Errorf("CNI_COMMAND %q is not supported: use ADD, DEL, CHECK or VERSION", command)
	}
}

// Fail writes an error in CNI's format.
func Fail(out io.Writer, err error) {
	_ = json.NewEncoder(out).Encode(map[string]any{"cniVersion": "0.4.0", "code": 100, "msg": Name + ": " + err.Error()})
}

// address returns the pod's IPv4 address from the result of the plugin before this one.
func address(result json.RawMessage) (string, error) {
	var previous struct {
		IPs []struct {
			Address string `json:"address"`
		} `json:"ips"`
	}
	if len(result) == 0 {
		return "", errors.New("there is no result of an earlier plugin: put this plugin after the one that assigns the address")
	}
	if err := json.Unmarshal(result, &previous); err != nil {
		return "", err
	}
	for _, ip := range previous.IPs {
		if prefix, err := netip.ParsePrefix(ip.Address); err == nil && prefix.Addr().Is4() {
			return prefix.Addr().String(), nil
		}
	}
	return "", errors.New("the plugin before this one assigned no IPv4 address")
}

// arguments parses CNI_ARGS: A=b;C=d.
func arguments(text string) map[string]string {
	args := map[string]string{}
	for pair := range strings.SplitSeq(text, ";") {
		if key, value, ok := strings.Cut(pair, "="); ok {
			args[key] = value
		}
	}
	return args
}

// call sends a request to the controller, and retries for the time of wait where it does not answer, as while it starts.
func (c config) call(method, path string, body any, wait time.Duration) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	client := http.Client{Timeout: timeout, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", c.Socket)
		},
	}}
	for deadline := time.Now().Add(wait); ; time.Sleep(50 * time.Millisecond) {
		request, err := http.NewRequest(method, "http://netpol"+path, bytes.NewReader(data))
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err == nil {
			defer response.Body.Close()
			if response.StatusCode == http.StatusNoContent {
				return nil
			}
			text, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
			return fmt.Errorf("the policy controller: %s", strings.TrimSpace(string(text)))
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the policy controller does not answer: %w", err)
		}
	}
}
