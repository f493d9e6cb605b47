// Command kube-router is kube-router's controller of network policies, and nothing else of it: routes and Services are the
// affair of the embedded cluster's other parts. Upstream's own command would link those in and answer for its health on
// every address of the machine.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cloudnativelabs/kube-router/v2/pkg/controllers/netpol"
	"github.com/cloudnativelabs/kube-router/v2/pkg/healthcheck"
	"github.com/cloudnativelabs/kube-router/v2/pkg/options"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	// syncPeriod is how often the rules are written anew although nothing has changed.
	syncPeriod = time.Minute
	// overdue is when a round that was to come is taken for lost.
	overdue = 3 * syncPeriod
	// retryPause is between two attempts to begin: the API server may not be there yet, or not know this node.
	retryPause = 2 * time.Second
	// beats are more rounds than can be waiting to be counted.
	beats = 10
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "file that says where the API server is, and who asks")
	node := flag.String("hostname-override", "", "name of the node that this process runs on")
	services := flag.String("service-cluster-ip-range", "", "addresses of Services, as in 10.98.0.0/16")
	health := flag.String("healthz-bind-address", "127.0.0.1:20244", "where /healthz answers")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, *kubeconfig, *node, *services, *health); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, kubeconfig, node, services, address string) error {
	client, err := newClient(kubeconfig)
	if err != nil {
		return err
	}
	var last atomic.Int64 // when the last round began; 0 before the first
	server := &http.Server{Addr: address, Handler: healthOf(&last), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	defer server.Close()

	config := options.NewKubeRouterConfig()
	config.HostnameOverride, config.ClusterIPCIDRs = node, []string{services}
	config.EnableIPv4, config.RunFirewall, config.IPTablesSyncPeriod = true, true, syncPeriod

	heartbeats := make(chan *healthcheck.ControllerHeartbeat, beats)
	go func() {
		for beat := range heartbeats {
			last.Store(beat.LastHeartBeat.UnixNano())
		}
	}()

	var running sync.WaitGroup
	if err := start(ctx, client, config, heartbeats, &running); err != nil {
		return err
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		running.Wait()
		return nil
	}
}

func newClient(kubeconfig string) (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	return kubernetes.NewForConfig(config)
}

// healthOf answers that all is well as long as the controller has not begun: what keeps it from that is the API server's
// state, which a restart of this process does not mend.
func healthOf(last *atomic.Int64) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		began := last.Load()
		if since := time.Since(time.Unix(0, began)); began != 0 && since > overdue {
			http.Error(w, fmt.Sprintf("no round for %s", since.Round(time.Second)), http.StatusInternalServerError)
		}
	})
	return mux
}

// start returns when the controller runs, or when the process is to end.
func start(ctx context.Context, client kubernetes.Interface, config *options.KubeRouterConfig, heartbeats chan<- *healthcheck.ControllerHeartbeat, running *sync.WaitGroup) error {
	factory := informers.NewSharedInformerFactory(client, 0)
	pods := factory.Core().V1().Pods().Informer()
	namespaces := factory.Core().V1().Namespaces().Informer()
	policies := factory.Networking().V1().NetworkPolicies().Informer()

	iptables, ipsets, err := netpol.NewIPTablesHandlers(config)
	if err != nil {
		return err
	}
	controller := await(ctx, func() (*netpol.NetworkPolicyController, error) {
		return netpol.NewNetworkPolicyController(client, config, pods, policies, namespaces, &sync.Mutex{}, iptables, ipsets)
	})
	if controller == nil {
		return nil
	}
	for _, watch := range []struct {
		informer cache.SharedIndexInformer
		handler  cache.ResourceEventHandler
	}{
		{pods, controller.PodEventHandler},
		{namespaces, controller.NamespaceEventHandler},
		{policies, controller.NetworkPolicyEventHandler},
	} {
		if _, err := watch.informer.AddEventHandler(watch.handler); err != nil {
			return err
		}
	}
	factory.Start(ctx.Done())
	// Rules of half of the pods would cut off the other half.
	factory.WaitForCacheSync(ctx.Done())
	if ctx.Err() != nil {
		return nil
	}
	running.Add(1)
	go controller.Run(heartbeats, ctx.Done(), running)
	return nil
}

// await tries until it succeeds; nil when the process is to end before.
func await[T any](ctx context.Context, try func() (*T, error)) *T {
	told := ""
	for ctx.Err() == nil {
		made, err := try()
		if err == nil {
			return made
		}
		if told != err.Error() {
			told = err.Error()
			log.Printf("waiting: %s", told)
		}
		select {
		case <-ctx.Done():
		case <-time.After(retryPause):
		}
	}
	return nil
}
