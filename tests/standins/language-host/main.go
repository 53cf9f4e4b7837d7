// Command pulumi-language-nodejs is the stand-in for Pulumi's Node language host, for machines that cannot
// download the official one. The last official host that the Go module proxy holds (sdk v3.68.0) puts a proxy of
// its own between program and engine, which does not know resource hooks; this one lets them talk directly.
//
// It serves what `pulumi preview|up|refresh|destroy` ask of a language host: run the program, name its plugins.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/cmdutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// The SDK's exit code for "the user has been told already".
const exitedAfterMessage = 32

const sdkRunner = "node_modules/@pulumi/pulumi/cmd/run"

type languageHost struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	engineAddress string
}

func main() {
	for _, name := range []string{"tracing", "root"} {
		flag.String(name, "", "accepted and not used")
	}
	flag.Bool("typescript", false, "accepted and not used: Node strips the types itself")
	flag.Parse()

	ctx, cancel := context.WithCancel(context.Background())
	host := &languageHost{engineAddress: flag.Arg(0)}
	if host.engineAddress != "" {
		// Ends this process when the engine is gone.
		if err := rpcutil.Healthcheck(ctx, host.engineAddress, time.Minute, cancel); err != nil {
			cmdutil.Exit(fmt.Errorf("watching the engine: %w", err))
		}
	}
	stop := make(chan bool)
	go func() {
		<-ctx.Done()
		close(stop)
	}()
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stop,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, host)
			return nil
		},
	})
	if err != nil {
		cmdutil.Exit(fmt.Errorf("serving the language host: %w", err))
	}
	fmt.Println(handle.Port)
	if err := <-handle.Done; err != nil {
		cmdutil.Exit(fmt.Errorf("the language host stopped: %w", err))
	}
}

func (host *languageHost) Handshake(_ context.Context, request *pulumirpc.LanguageHandshakeRequest) (*pulumirpc.LanguageHandshakeResponse, error) {
	host.engineAddress = request.GetEngineAddress()
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

func (host *languageHost) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version.Version}, nil
}

// Run starts Node on the SDK's own runner, which loads the program and talks to the engine itself.
func (host *languageHost) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	config := request.GetConfig()
	if config == nil {
		config = map[string]string{} // the SDK cannot read null
	}
	settings, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	secretKeys, err := json.Marshal(append([]string{}, request.GetConfigSecretKeys()...))
	if err != nil {
		return nil, err
	}
	node := exec.CommandContext(ctx, "node", host.arguments(request)...)
	node.Dir = request.GetInfo().GetProgramDirectory()
	node.Stdout, node.Stderr = os.Stdout, os.Stderr
	node.Env = append(os.Environ(),
		"PULUMI_CONFIG="+string(settings),
		"PULUMI_CONFIG_SECRET_KEYS="+string(secretKeys),
		"PULUMI_NODEJS_TYPESCRIPT=false",
	)
	err = node.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case errors.As(err, &exit) && exit.ExitCode() == exitedAfterMessage:
		return &pulumirpc.RunResponse{Bail: true}, nil
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("the program ended early: %v", err)}, nil
	}
}

func (host *languageHost) arguments(request *pulumirpc.RunRequest) []string {
	root := request.GetInfo().GetRootDirectory()
	arguments := []string{filepath.Join(root, sdkRunner)}
	for _, option := range [][2]string{
		{"monitor", request.GetMonitorAddress()},
		{"engine", host.engineAddress},
		{"organization", request.GetOrganization()},
		{"project", request.GetProject()},
		{"stack", request.GetStack()},
		{"root-directory", root},
		{"pwd", request.GetPwd()},
		{"parallel", strconv.Itoa(int(request.GetParallel()))},
	} {
		if option[1] != "" {
			arguments = append(arguments, "--"+option[0], option[1])
		}
	}
	if request.GetDryRun() {
		arguments = append(arguments, "--dry-run")
	}
	entryPoint := request.GetInfo().GetEntryPoint()
	if entryPoint == "" {
		entryPoint = "."
	}
	return append(append(arguments, entryPoint), request.GetArgs()...)
}

// GetRequiredPackages names the plugins of the program's direct dependencies, from their package.json.
func (host *languageHost) GetRequiredPackages(_ context.Context, request *pulumirpc.GetRequiredPackagesRequest) (*pulumirpc.GetRequiredPackagesResponse, error) {
	root := request.GetInfo().GetRootDirectory()
	var project struct {
		Dependencies map[string]string `json:"dependencies"`
	}
	if err := readJSON(filepath.Join(root, "package.json"), &project); err != nil {
		return nil, err
	}
	response := &pulumirpc.GetRequiredPackagesResponse{}
	for dependency := range project.Dependencies {
		var sdk struct {
			Version string `json:"version"`
			Pulumi  struct {
				Resource bool   `json:"resource"`
				Name     string `json:"name"`
				Version  string `json:"version"`
			} `json:"pulumi"`
		}
		if err := readJSON(filepath.Join(root, "node_modules", dependency, "package.json"), &sdk); err != nil || !sdk.Pulumi.Resource {
			continue
		}
		pluginVersion := sdk.Pulumi.Version
		if pluginVersion == "" {
			pluginVersion = sdk.Version
		}
		response.Packages = append(response.Packages, &pulumirpc.PackageDependency{
			Name:    sdk.Pulumi.Name,
			Kind:    "resource",
			Version: "v" + strings.TrimPrefix(pluginVersion, "v"),
		})
	}
	return response, nil
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}
