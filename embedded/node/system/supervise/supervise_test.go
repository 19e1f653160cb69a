// Tests of components that end, wait and log.

package supervise

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain for ", what)
		}
	}
}

// keeping starts a component and reaps as process 1 does, until the test's end.
func keeping(t *testing.T, c Component) (dir string) {
	t.Helper()
	dir = t.TempDir()
	s := &supervisor{ended: map[int]chan syscall.WaitStatus{}}
	go s.keep(c, dir)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
				s.reap()
			}
		}
	}()
	t.Cleanup(func() {
		s.lock.Lock()
		defer s.lock.Unlock()
		s.stopping = true
		for pid := range s.ended {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		close(done)
	})
	return dir
}

func lines(file string) int {
	data, _ := os.ReadFile(file)
	return strings.Count(string(data), "\n")
}

func TestAComponentThatEndsIsStartedAgain(t *testing.T) {
	dir := keeping(t, Component{Name: "c", Argv: []string{"/bin/sh", "-c", "echo $WORD; exit 3"}, Env: []string{"WORD=once"}})
	eventually(t, "three runs", func() bool { return lines(filepath.Join(dir, "c.log")) >= 3 })
}

func TestAComponentsVariablesReplaceThoseOfProcess1(t *testing.T) {
	t.Setenv("WORD", "ours")
	dir := keeping(t, Component{Name: "c", Argv: []string{"/usr/bin/env"}, Env: []string{"WORD=theirs"}})
	log := filepath.Join(dir, "c.log")
	eventually(t, "its end", func() bool { return lines(log) > 0 })
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(data); !strings.Contains(text, "WORD=theirs\n") || strings.Contains(text, "WORD=ours\n") {
		t.Fatalf("its environment is %s", text)
	}
}

func TestAComponentWaitsForItsConditions(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	dir := keeping(t, Component{Name: "c", Argv: []string{"/bin/sh", "-c", "echo up; sleep 60"}, After: []Condition{{Unix: socket}}})
	time.Sleep(200 * time.Millisecond)
	if lines(filepath.Join(dir, "c.log")) != 0 {
		t.Fatal("started before its condition held")
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	eventually(t, "its start", func() bool { return lines(filepath.Join(dir, "c.log")) == 1 })
}

func TestLogsAreTrimmed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.log")
	if err := os.WriteFile(file, make([]byte, maxLogBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	trimLogs(filepath.Dir(file))
	for path, want := range map[string]int64{file: 0, file + ".1": maxLogBytes + 1} {
		if info, err := os.Stat(path); err != nil || info.Size() != want {
			t.Errorf("%s: %v %v", path, info, err)
		}
	}
}

func TestHowAComponentEndedIsTold(t *testing.T) {
	if got := describe(syscall.WaitStatus(2 << 8)); got != "exit code 2" {
		t.Error(got)
	}
	if got := describe(syscall.WaitStatus(9)); got != "signal killed" {
		t.Error(got)
	}
}
