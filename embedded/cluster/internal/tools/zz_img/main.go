package main

import (
	"context"
	"fmt"
	"k8s-web/embedded/cluster/internal/images"
	"k8s-web/embedded/cluster/internal/tools"
	"os"
	"time"
)

func main() {
	t := time.Now()
	ctx := context.Background()
	p := func(f string, a ...any) { fmt.Printf("%6.1f "+f+"\n", append([]any{time.Since(t).Seconds()}, a...)...) }
	s, err := tools.Ensure(ctx, os.Args[1], p)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	p("tools there")
	err = images.Ensure(ctx, images.Config{Root: os.Args[1], Registry: "127.0.0.1:5999", BuildkitAddr: "unix:///tmp/t/bk.sock", DebianMirror: "http://deb.debian.org/debian", State: "/tmp/t/state/images", Tools: s, Progress: p}, os.Args[2:]...)
	p("done %v", err)
}
