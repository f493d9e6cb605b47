package languagehost

import (
	"errors"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestOptions(t *testing.T) {
	for _, test := range []struct {
		name string
		raw  map[string]any
		want options
		err  string
	}{
		{name: "none", want: options{typescript: true, packageManager: "auto"}},
		{
			name: "all",
			raw: map[string]any{
				"typescript": false, "tsconfig": "ts.json", "nodeargs": `--import tsx --title "a b"`,
				"packagemanager": "npm", "production": true,
			},
			want: options{
				tsconfig: "ts.json", nodeArgs: []string{"--import", "tsx", "--title", "a b"},
				packageManager: "npm", production: true,
			},
		},
		{name: "wrong type", raw: map[string]any{"typescript": "no"}, err: `"typescript" cannot be no (string)`},
		{name: "other package manager", raw: map[string]any{"packagemanager": "pnpm"}, err: "npm only"},
		{name: "open quote", raw: map[string]any{"nodeargs": `--title "a`}, err: "nodeargs"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseOptions(test.raw)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("error %v, want %q", err, test.err)
				}
				return
			}
			if err != nil || !slices.Equal(got.nodeArgs, test.want.nodeArgs) {
				t.Errorf("%+v, %v", got, err)
			}
			got.nodeArgs, test.want.nodeArgs = nil, nil
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("%+v, want %+v", got, test.want)
			}
		})
	}
}

func TestOptionsReachTheProgram(t *testing.T) {
	got := options{typescript: true, tsconfig: "ts.json"}.environment()
	if want := []string{"PULUMI_NODEJS_TYPESCRIPT=true", "PULUMI_NODEJS_TSCONFIG_PATH=ts.json"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestArguments(t *testing.T) {
	request := &pulumirpc.RunRequest{
		Project: "p", Stack: "s", MonitorAddress: "127.0.0.1:1", Parallel: 4, DryRun: true, Args: []string{"extra"},
		Info: &pulumirpc.ProgramInfo{RootDirectory: "/r", ProgramDirectory: "/r/d", EntryPoint: "."},
	}
	want := "run --monitor 127.0.0.1:1 --engine 127.0.0.1:2 --project p --root-directory /r --stack s --pwd /r/d " +
		"--parallel 4 --dry-run . extra"
	if got := strings.Join(New("127.0.0.1:2").arguments("run", request), " "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestSettingsReachTheProgram(t *testing.T) {
	got, err := settingsEnvironment(map[string]string{"k8s-web:namespace": "n"}, []string{"k8s-web:password"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`PULUMI_CONFIG={"k8s-web:config:namespace":"n"}`, `PULUMI_CONFIG_SECRET_KEYS=["k8s-web:password"]`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if empty, err := settingsEnvironment(nil, nil); err != nil || empty[1] != "PULUMI_CONFIG_SECRET_KEYS=[]" {
		t.Errorf("%v, %v", empty, err)
	}
}

func TestPacksKnowTheStackThatTheyJudge(t *testing.T) {
	got, err := packEnvironment(&pulumirpc.AnalyzerStackConfigureRequest{
		Organization: "o", Project: "p", Stack: "s", DryRun: true, Config: map[string]string{"p:protect": "true"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`PULUMI_CONFIG={"p:config:protect":"true"}`, "PULUMI_CONFIG_SECRET_KEYS=[]",
		"PULUMI_NODEJS_ORGANIZATION=o", "PULUMI_NODEJS_PROJECT=p", "PULUMI_NODEJS_STACK=s", "PULUMI_NODEJS_DRY_RUN=true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestOnlyPolicyPacksRunFromSource(t *testing.T) {
	err := New("").RunPlugin(&pulumirpc.RunPluginRequest{Kind: "resource"}, nil)
	if status.Code(err) != codes.Unimplemented || !strings.Contains(err.Error(), "policy packs") {
		t.Errorf("got %v", err)
	}
}

func TestHowAProgramEnds(t *testing.T) {
	run := func(script string) *pulumirpc.RunResponse { return response(exec.Command("sh", "-c", script).Run()) }
	if got := run("true"); got.GetError() != "" || got.GetBail() {
		t.Errorf("success: %v", got)
	}
	if got := run("exit 32"); got.GetError() != "" || !got.GetBail() {
		t.Errorf("error already shown: %v", got)
	}
	if got := run("exit 3"); !strings.Contains(got.GetError(), "non-zero exit code: 3") {
		t.Errorf("failure: %v", got)
	}
	if got := run("kill -INT $$"); !strings.Contains(got.GetError(), "signal") {
		t.Errorf("interrupted: %v", got)
	}
	if got := response(errors.New("no such file")); !strings.Contains(got.GetError(), "no such file") {
		t.Errorf("not started: %v", got)
	}
}

func TestLockedDependencies(t *testing.T) {
	lock := []byte(`{"packages": {
		"": {"dependencies": {"@pulumi/pulumi": "^3"}, "devDependencies": {"mocha": "*"}},
		"node_modules/@pulumi/pulumi": {"version": "3.246.0"},
		"node_modules/mocha": {"version": "11.0.0"},
		"node_modules/semver": {"version": "7.0.0"},
		"node_modules/mocha/node_modules/@pulumi/pulumi": {"version": "1.0.0"}
	}}`)
	for transitive, want := range map[bool]string{
		false: "@pulumi/pulumi 3.246.0, mocha 11.0.0",
		true:  "@pulumi/pulumi 1.0.0, @pulumi/pulumi 3.246.0, mocha 11.0.0, semver 7.0.0",
	} {
		dependencies, err := lockedDependencies(lock, transitive)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, dependency := range dependencies {
			got = append(got, dependency.GetName()+" "+dependency.GetVersion())
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("transitive %v: %v, want %s", transitive, got, want)
		}
	}
}
