package supervisor

import (
	"os"
	"sync"
)

const logLimit = 10 << 20

// Log is a file that is moved to `<file>.1` when it has grown to its limit, so that a component uses twice the limit at most.
type Log struct {
	mu    sync.Mutex
	path  string
	limit int64
	file  *os.File
	size  int64
}

// OpenLog appends to a file.
func OpenLog(path string) (*Log, error) {
	l := &Log{path: path, limit: logLimit}
	return l, l.open()
}

func (l *Log) open() error {
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	l.file, l.size = file, info.Size()
	return nil
}

// Write never fails for its caller: a full disk must not stop the process that logs.
func (l *Log) Write(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.size+int64(len(data)) > l.limit {
		if err := os.Rename(l.path, l.path+".1"); err == nil {
			l.file.Close()
			if err := l.open(); err != nil {
				return len(data), nil
			}
		}
	}
	written, _ := l.file.Write(data)
	l.size += int64(written)
	return len(data), nil
}
