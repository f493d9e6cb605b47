package main

import (
	"context"
	"fmt"
	"k8s-web/embedded/cluster/internal/tools"
	"os"
	"time"
)

func main() {
	t := time.Now()
	s, err := tools.Ensure(context.Background(), os.Args[1], func(f string, a ...any) { fmt.Printf("%6.1f "+f+"\n", append([]any{time.Since(t).Seconds()}, a...)...) })
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(time.Since(t))
	for _, p := range []string{"etcd", "kubectl", "kube-apiserver", "kubelet", "containerd", "runc", "iptables", "nft", "pulumi", "buildkitd", "containerd-shim-runc-v2", "docker-registry", "debootstrap"} {
		fmt.Println(s.Path(p))
	}
	fmt.Println(s.BinDir(), s.SystemPath(), s.Env(), s.CNIDir())
}
