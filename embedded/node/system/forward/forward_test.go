package forward

import (
	"io"
	"net"
	"testing"
)

// echo answers each connection with what it says, once it has said all.
func echo(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				text, _ := io.ReadAll(connection)
				_, _ = connection.Write(text)
			}()
		}
	}()
	return listener.Addr().String()
}

// free returns an address that nobody listens on.
func free(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func TestPassesBothWaysToTheirEnds(t *testing.T) {
	port := Port{Listen: free(t), To: echo(t)}
	files, err := Open([]Port{port})
	if err != nil {
		t.Fatal(err)
	}
	Serve([]Port{port}, files[0].Fd())
	for range 2 {
		connection, err := net.Dial("tcp", port.Listen)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = connection.Write([]byte("up"))
		_ = connection.(*net.TCPConn).CloseWrite()
		if text, err := io.ReadAll(connection); err != nil || string(text) != "up" {
			t.Fatalf("got %q, %v", text, err)
		}
		connection.Close()
	}
}

func TestStartsWithoutAPortThatIsInUse(t *testing.T) {
	used, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer used.Close()
	ports := []Port{{Listen: used.Addr().String(), To: echo(t)}}
	files, err := Open(ports)
	if err != nil || len(files) != 1 {
		t.Fatalf("got %v, %v", files, err)
	}
	Serve(ports, files[0].Fd())
}

func TestEndsAConnectionToAServiceThatIsNotThere(t *testing.T) {
	port := Port{Listen: free(t), To: free(t)}
	files, err := Open([]Port{port})
	if err != nil {
		t.Fatal(err)
	}
	Serve([]Port{port}, files[0].Fd())
	connection, err := net.Dial("tcp", port.Listen)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if text, _ := io.ReadAll(connection); len(text) != 0 {
		t.Fatalf("got %q", text)
	}
}
