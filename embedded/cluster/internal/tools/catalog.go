package tools

import (
	"context"
	"path/filepath"
	"runtime"
	"strings"
)

// Versions that are the tags of images too.
const (
	PauseVersion   = "3.10"
	CoreDNSVersion = "1.15.0"
)

const (
	kubernetesVersion         = "1.36.3"
	metricsServerVersion      = "0.9.0"
	pulumiVersion             = "3.246.0"
	dockerBuildVersion        = "0.0.22"
	buildkitVersion           = "0.31.0"
	kubernetesProviderVersion = "4.34.2"
	kubeRouterVersion         = "2.1.0"
	tlsProviderVersion        = "5.6.1"
)

var kubernetesPrograms = []string{
	"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubeadm", "kubectl",
}

// parts is everything, in the order in which it is got.
func parts(root string) []*part {
	pulumiModule := filepath.Join(root, "tools/pulumi")
	standIns := filepath.Join(root, "pulumi")
	list := []*part{
		debian(),
		goPart("kubernetes", kubernetesVersion, kubernetesPrograms, goModule{
			dir: filepath.Join(root, "tools/kubernetes"), packages: []string{"."}, links: kubernetesPrograms,
			set: []string{
				"k8s.io/component-base/version.gitVersion=v" + kubernetesVersion,
				"k8s.io/component-base/version.gitMajor=" + strings.Split(kubernetesVersion, ".")[0],
				"k8s.io/component-base/version.gitMinor=" + strings.Split(kubernetesVersion, ".")[1],
				"k8s.io/component-base/version.gitTreeState=clean",
			},
		}, machineKubernetes, release{
			url:    "https://dl.k8s.io/v" + kubernetesVersion + "/bin/linux/" + runtime.GOARCH + "/{program}",
			sha256: "https://dl.k8s.io/v" + kubernetesVersion + "/bin/linux/" + runtime.GOARCH + "/{program}.sha256",
		}),
		goPart("coredns", CoreDNSVersion, []string{"coredns"}, goModule{
			dir: filepath.Join(root, "tools/coredns"), packages: []string{"."},
		}, nil, release{
			url:    "https://github.com/coredns/coredns/releases/download/v" + CoreDNSVersion + "/coredns_" + CoreDNSVersion + "_linux_" + runtime.GOARCH + ".tgz",
			sha256: "https://github.com/coredns/coredns/releases/download/v" + CoreDNSVersion + "/coredns_" + CoreDNSVersion + "_linux_" + runtime.GOARCH + ".tgz.sha256",
		}),
		goPart("kube-router", kubeRouterVersion, []string{"kube-router"}, goModule{
			dir: filepath.Join(root, "tools/kube-router"), packages: []string{"."},
		}, nil, release{}),
		// Its releases are images only.
		goPart("metrics-server", metricsServerVersion, []string{"metrics-server"}, goModule{
			dir: filepath.Join(root, "tools/metrics-server"), packages: []string{"sigs.k8s.io/metrics-server/cmd/metrics-server"},
			set: []string{"k8s.io/client-go/pkg/version.gitVersion=v" + metricsServerVersion},
		}, nil, release{}),
		goPart("pause", PauseVersion, []string{"pause"}, goModule{
			dir: filepath.Join(root, "tools/pause"), packages: []string{"."},
		}, nil, release{}),
		goPart("pulumi", pulumiVersion, []string{"pulumi"}, goModule{
			dir: pulumiModule, packages: []string{"github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"},
			set: []string{"github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v" + pulumiVersion},
		}, machinePulumi, release{
			url:    pulumiArchive(),
			sha256: "https://github.com/pulumi/pulumi/releases/download/v" + pulumiVersion + "/pulumi-" + pulumiVersion + "-checksums.txt",
		}),
		goPart("docker-build", dockerBuildVersion, []string{"pulumi-resource-docker-build"}, goModule{
			dir: pulumiModule, packages: []string{"github.com/pulumi/pulumi-docker-build/provider/cmd/pulumi-resource-docker-build"},
			set: []string{"github.com/pulumi/pulumi-docker-build/provider.Version=" + dockerBuildVersion},
		}, nil, release{url: pluginArchive("docker-build", dockerBuildVersion)}),
		goPart("buildkit", buildkitVersion, []string{"buildkitd", "buildctl"}, goModule{
			dir: pulumiModule, packages: []string{"github.com/moby/buildkit/cmd/buildkitd", "github.com/moby/buildkit/cmd/buildctl"},
			set: []string{"github.com/moby/buildkit/version.Version=v" + buildkitVersion},
		}, nil, release{
			url: "https://github.com/moby/buildkit/releases/download/v" + buildkitVersion + "/buildkit-v" + buildkitVersion + ".linux-" + runtime.GOARCH + ".tar.gz",
		}),
		goPart("language-nodejs", pulumiVersion, []string{"pulumi-language-nodejs"}, goModule{
			dir: standIns, packages: []string{"./cmd/pulumi-language-nodejs"},
		}, machinePulumi, release{
			url:    pulumiArchive(),
			sha256: "https://github.com/pulumi/pulumi/releases/download/v" + pulumiVersion + "/pulumi-" + pulumiVersion + "-checksums.txt",
		}),
		goPart("kubernetes-provider", kubernetesProviderVersion, []string{"pulumi-resource-kubernetes"}, goModule{
			dir: standIns, packages: []string{"./cmd/pulumi-resource-kubernetes"},
		}, nil, release{url: pluginArchive("kubernetes", kubernetesProviderVersion)}),
		goPart("tls-provider", tlsProviderVersion, []string{"pulumi-resource-tls"}, goModule{
			dir: standIns, packages: []string{"./cmd/pulumi-resource-tls"},
		}, nil, release{url: pluginArchive("tls", tlsProviderVersion)}),
	}
	for _, p := range list {
		p.keyed = p.key()
	}
	return list
}

func goPart(name, version string, programs []string, module goModule, machine func(context.Context) bool, official release) *part {
	// A change of another module's requirements may change versions here as well. That is no reason to build all anew.
	return &part{
		name: name, version: version, programs: programs,
		extra:   append(append([]string{runtime.GOARCH}, module.packages...), module.set...),
		sources: []string{module.dir},
		machine: machine, release: official, build: module.build,
	}
}

func pulumiArchive() string {
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	return "https://get.pulumi.com/releases/sdk/pulumi-v" + pulumiVersion + "-linux-" + arch + ".tar.gz"
}

func pluginArchive(name, version string) string {
	return "https://get.pulumi.com/releases/plugins/pulumi-resource-" + name + "-v" + version + "-linux-" + runtime.GOARCH + ".tar.gz"
}

// pluginFolder is the name under which the CLI looks for a resource plugin's program.
func pluginFolder(program, version string) (string, bool) {
	name, ok := strings.CutPrefix(program, "pulumi-")
	if !ok || !strings.HasPrefix(name, "resource-") {
		return "", false
	}
	return name + "-v" + version, true
}
