// Command netprobe is the program that the network's tests run in pods: it serves
// ports, and says which targets answer.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"
)

// timeout is how long a target may take to answer.
const timeout = 700 * time.Millisecond

func main() {
	if len(os.Args) < 3 {
		fail("usage: netprobe serve <tcp|udp>:<port>... | dial <tcp|udp>:<host>:<port>... | write <file> <text> | read <file>")
	}
	switch os.Args[1] {
	case "serve":
		serve(os.Args[2:])
	case "dial":
		dial(os.Args[2:])
	case "write":
		if err := os.WriteFile(os.Args[2], []byte(strings.Join(os.Args[3:], " ")), 0o644); err != nil {
			fail(err)
		}
	case "read":
		data, err := os.ReadFile(os.Args[2])
		if err != nil {
			fail(err)
		}
		os.Stdout.Write(data)
	default:
		fail("unknown command ", os.Args[1])
	}
}

// serve answers on every port until SIGTERM.
func serve(ports []string) {
	for _, port := range ports {
		proto, number, _ := strings.Cut(port, ":")
		if proto == "udp" {
			socket, err := net.ListenPacket("udp", ":"+number)
			if err != nil {
				fail(err)
			}
			go func() {
				buffer := make([]byte, 64)
				for {
					if n, from, err := socket.ReadFrom(buffer); err == nil {
						_, _ = socket.WriteTo(buffer[:n], from)
					}
				}
			}()
			continue
		}
		listener, err := net.Listen("tcp", ":"+number)
		if err != nil {
			fail(err)
		}
		go func() {
			for {
				if connection, err := listener.Accept(); err == nil {
					_, _ = connection.Write([]byte("ok"))
					_ = connection.Close()
				}
			}
		}()
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	<-end
}

// dial prints, as JSON, for each target whether it answered.
func dial(targets []string) {
	var lock sync.Mutex
	var group sync.WaitGroup
	answered := map[string]bool{}
	for _, target := range targets {
		group.Go(func() {
			ok := answers(target)
			lock.Lock()
			defer lock.Unlock()
			answered[target] = ok
		})
	}
	group.Wait()
	_ = json.NewEncoder(os.Stdout).Encode(answered)
}

func answers(target string) bool {
	proto, address, _ := strings.Cut(target, ":")
	connection, err := net.DialTimeout(proto, address, timeout)
	if err != nil {
		return false
	}
	defer connection.Close()
	if proto == "tcp" {
		return true
	}
	_ = connection.SetDeadline(time.Now().Add(timeout))
	if _, err := connection.Write([]byte("ok")); err != nil {
		return false
	}
	buffer := make([]byte, 8)
	_, err = connection.Read(buffer)
	return err == nil
}

func fail(message ...any) {
	fmt.Fprintln(os.Stderr, message...)
	os.Exit(1)
}
