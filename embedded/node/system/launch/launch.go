// The start of a node's process 1, and what it prepares in its namespaces.

package launch

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"agentic.io/platform/embedded/node/system/forward"
	"agentic.io/platform/embedded/node/system/supervise"
)

// Start clones a process 1 for the node described by file and returns its process id; the node outlives the caller.
// The end of that process is the end of every process, mount and network link of the node.
func Start(file string) (int, error) {
	config, err := Read(file)
	if err != nil {
		return 0, err
	}
	if err := enterCgroup(config.Cgroup); err != nil {
		return 0, err
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(config.LogDir, 0o755); err != nil {
		return 0, err
	}
	log, err := os.OpenFile(filepath.Join(config.LogDir, "init.log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	ports, err := forward.Open(config.Forwards)
	if err != nil {
		return 0, err
	}
	child := exec.Command(self, "init", file)
	child.ExtraFiles = ports
	child.Dir = "/"
	child.Env = []string{"PATH=" + os.Getenv("PATH")}
	child.Stdout, child.Stderr = log, log
	child.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC,
		Setsid:     true,
	}
	if err := child.Start(); err != nil {
		return 0, fmt.Errorf("new namespaces: %w", err)
	}
	return child.Process.Pid, nil
}

// firstExtraFile is the descriptor of the first file that a process inherits beside its standard ones.
const firstExtraFile = 3

// Init is the node's process 1: it prepares its namespaces and runs the components until a signal ends it.
func Init(file string) error {
	config, err := Read(file)
	if err != nil {
		return err
	}
	if os.Getpid() != 1 {
		return errors.New("not process 1 of its namespace: start it with 'launch'")
	}
	if err := prepare(config); err != nil {
		return err
	}
	forward.Serve(config.Forwards, firstExtraFile)
	return supervise.Run(config.Components, config.LogDir)
}

func prepare(config *Config) error {
	// The node sees the host's mounts, the host does not see the node's, and pods can ask for mount propagation.
	for _, flag := range []uintptr{syscall.MS_SLAVE, syscall.MS_SHARED} {
		if err := syscall.Mount("", "/", "", flag|syscall.MS_REC, ""); err != nil {
			return fmt.Errorf("mount propagation: %w", err)
		}
	}
	if err := syscall.Mount("proc", "/proc", "proc", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	for _, dir := range config.Hide {
		if err := hide(dir, config.Keep); err != nil {
			return fmt.Errorf("hide %s: %w", dir, err)
		}
	}
	for _, dir := range config.Dirs {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if err := syscall.Sethostname([]byte(config.Hostname)); err != nil {
		return fmt.Errorf("hostname: %w", err)
	}
	raiseFileLimit()
	if err := waitForLink(config.Link, 30*time.Second); err != nil {
		return err
	}
	for name, value := range config.Sysctls {
		if err := os.WriteFile(filepath.Join("/proc/sys", name), []byte(value), 0); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("sysctl %s: %w", name, err)
		}
	}
	for _, command := range config.Setup {
		c := exec.Command(command.Argv[0], command.Argv[1:]...)
		c.Stdin = strings.NewReader(command.Stdin)
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", strings.Join(command.Argv, " "), err, out)
		}
	}
	return nil
}

// hide mounts an empty folder over dir; the folders of keep that are in dir stay visible.
func hide(dir string, keep []string) error {
	openFolders := map[string]*os.File{}
	for _, path := range keep {
		if !strings.HasPrefix(path, dir+"/") {
			continue
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		openFolders[path] = f
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "mode=755"); err != nil {
		return err
	}
	for path, f := range openFolders {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return err
		}
		if err := syscall.Mount("/proc/self/fd/"+strconv.Itoa(int(f.Fd())), path, "", syscall.MS_BIND|syscall.MS_REC, ""); err != nil {
			return err
		}
	}
	return nil
}

// raiseFileLimit raises the limit on open files to the most that the host allows, if possible.
func raiseFileLimit() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
		limit.Cur = limit.Max
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
	}
}

func waitForLink(name string, timeout time.Duration) error {
	for deadline := time.Now().Add(timeout); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if _, err := net.InterfaceByName(name); err == nil {
			return nil
		}
	}
	return fmt.Errorf("the host did not move the link %s here within %v", name, timeout)
}
