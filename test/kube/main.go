// One binary with everything a Kubernetes control plane needs, for tests on loopback.
//
// The first argument, or the name the binary is called by, picks the program:
// etcd, kube-apiserver, kube-controller-manager, kube-scheduler or kubectl.
// The Kubernetes programs are the unchanged ones of the module that go.mod names.
package main

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	_ "time/tzdata" // CronJobs with a time zone

	"go.etcd.io/etcd/server/v3/embed"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

func main() {
	program := filepath.Base(os.Args[0])
	if program != "kubectl" {
		if len(os.Args) < 2 {
			fail("name a program: etcd, kube-apiserver, kube-controller-manager, kube-scheduler or kubectl")
		}
		// cobra must see the program as the root command.
		program, os.Args = os.Args[1], os.Args[1:]
	}

	// Only the program asked for is constructed: each constructor installs the process's signal handler,
	// and a second one panics.
	switch program {
	case "etcd":
		runEtcd()
	case "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "kube-controller-manager":
		os.Exit(cli.Run(controllermanager.NewControllerManagerCommand()))
	case "kube-scheduler":
		os.Exit(cli.Run(scheduler.NewSchedulerCommand()))
	case "kubectl":
		_, _ = logs.GlogSetter(cmd.GetLogVerbosity(os.Args))
		if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
			util.CheckErr(err)
		}
	default:
		fail("no such program: " + program)
	}
}

// runEtcd serves one member until SIGTERM or SIGINT. Its data survives a restart but not a power cut: it never syncs.
func runEtcd() {
	dataDir := flag.String("data-dir", "", "where the data is kept")
	clientURL := flag.String("client-url", "", "where clients connect")
	peerURL := flag.String("peer-url", "", "where peers would connect")
	flag.Parse()

	config := embed.NewConfig()
	config.Dir = *dataDir
	config.ListenClientUrls = []url.URL{parsed(*clientURL)}
	config.AdvertiseClientUrls = config.ListenClientUrls
	config.ListenPeerUrls = []url.URL{parsed(*peerURL)}
	config.AdvertisePeerUrls = config.ListenPeerUrls
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.LogLevel = "error"
	config.UnsafeNoFsync = true
	config.QuotaBackendBytes = 8 << 30

	etcd, err := embed.StartEtcd(config)
	if err != nil {
		fail(err.Error())
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	select {
	case <-stop:
		etcd.Close()
	case err := <-etcd.Err():
		fail(err.Error())
	}
}

func parsed(address string) url.URL {
	u, err := url.Parse(address)
	if err != nil {
		fail(err.Error())
	}
	return *u
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(1)
}
