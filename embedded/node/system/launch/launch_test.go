// Tests of the configuration's reading, cgroups and hidden folders.

package launch

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestHierarchiesOfBothVersions(t *testing.T) {
	mountinfo := `24 1 254:0 / / rw - ext4 /dev/vda rw
30 24 0:30 / /sys/fs/cgroup rw - tmpfs tmpfs rw
31 30 0:31 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
32 30 0:32 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw
33 30 0:31 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
`
	got, err := parseHierarchies(strings.NewReader(mountinfo))
	want := []hierarchy{{"/sys/fs/cgroup/cpu", false}, {"/sys/fs/cgroup/unified", true}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestCpusetsTakeTheirParentsValues(t *testing.T) {
	root := t.TempDir()
	child := filepath.Join(root, "child")
	if err := os.Mkdir(child, 0o755); err != nil {
		t.Fatal(err)
	}
	for file, value := range map[string]string{root + "/cpuset.cpus": "0-1\n", child + "/cpuset.cpus": "\n"} {
		if err := os.WriteFile(file, []byte(value), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := copyFromParent(child, "cpuset.cpus"); err != nil {
		t.Fatal(err)
	}
	if err := copyFromParent(child, "cpuset.mems"); err != nil {
		t.Errorf("a hierarchy without cpusets: %v", err)
	}
	if got, _ := os.ReadFile(child + "/cpuset.cpus"); string(got) != "0-1\n" {
		t.Errorf("got %q", got)
	}
}

func TestMissingControllersAreNamed(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{"cpuset cpu io memory pids\n": "", "cpuset cpu io pids\n": "memory"} {
		if err := os.WriteFile(filepath.Join(dir, "cgroup.controllers"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := checkControllers(dir)
		if (err == nil) != (want == "") || (err != nil && !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestUnknownSettingsAreErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "init.json")
	for text, ok := range map[string]bool{`{"hostname":"n"}`: true, `{"hostnam":"n"}`: false, `{`: false} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(file); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestInitRefusesToRunOutsideItsNamespace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "init.json")
	if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Init(file); err == nil {
		t.Error("no error")
	}
}
