using CliWrap;
using CliWrap.Buffered;

namespace Engine.Benchmarks.Peers;

/// <summary>Finds the programs that can run here, and builds what has to be built.</summary>
internal sealed class PeerFinder
{
    private readonly string _folder;
    private readonly string _work;
    private readonly List<PeerProgram> _found = [];
    private readonly List<MissingPeer> _missing = [];

    private PeerFinder(string root, string work)
    {
        _folder = Path.Combine(root, "benchmarks", "peers");
        _work = work;
    }

    /// <summary>Looks for all peers.</summary>
    /// <param name="root">The repository's folder.</param>
    /// <param name="work">A folder for what is built.</param>
    public static async Task<(IReadOnlyList<PeerProgram> Found, IReadOnlyList<MissingPeer> Missing)> Find(string root, string work)
    {
        var finder = new PeerFinder(root, work);
        await finder.FindOpenBlas();
        await finder.FindNumPy();
        if (await Project(root, "TorchSharp") is { } program)
        {
            finder._found.Add(new PeerProgram("TorchSharp", "dotnet", program));
        }
        else
        {
            finder._missing.Add(new MissingPeer("TorchSharp", "not restored", "dotnet restore benchmarks/peers/TorchSharp (downloads some 600 MB)"));
        }
        return (finder._found, finder._missing);
    }

    /// <summary>The program of a project beside the solution, built from what is there now; null if its packages were never restored.</summary>
    /// <exception cref="InvalidOperationException">The build failed.</exception>
    public static async Task<string?> Project(string root, string folder)
    {
        string project = Path.Combine(root, "benchmarks", "peers", folder);
        if (!File.Exists(Path.Combine(project, "obj", "project.assets.json")))
        {
            return null;
        }
        (int exitCode, string error) = await Try("dotnet", "build", "-c", "Release", "--nologo", "-v", "quiet", project);
        return exitCode == 0
            ? Directory.EnumerateFiles(Path.Combine(project, "bin", "Release"), folder + "Peer.dll", SearchOption.AllDirectories).First()
            : throw new InvalidOperationException($"The build of benchmarks/peers/{folder} failed: {error}");
    }

    private async Task FindOpenBlas()
    {
        const string Name = "C++ OpenBLAS";
        const string Installation = "apt-get install g++ libopenblas-dev";
        string compiler = Environment.GetEnvironmentVariable("CXX") ?? "g++";
        string program = Path.Combine(_work, "openblas_mnist");
        (int exitCode, string error) = await Try(
            compiler, "-O3", "-march=native", "-o", program, Path.Combine(_folder, "openblas_mnist.cpp"), "-lopenblas", "-lpthread");
        if (exitCode == 0)
        {
            _found.Add(new PeerProgram(Name, program));
        }
        else
        {
            string reason = error.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal) || line.Contains("cannot", StringComparison.Ordinal)) ?? error;
            _missing.Add(new MissingPeer(Name, reason.Trim(), Installation));
        }
    }

    private async Task FindNumPy()
    {
        const string Name = "NumPy";
        string?[] candidates = [Environment.GetEnvironmentVariable("PYTHON"), "python3", "/usr/bin/python3"];
        foreach (string python in candidates.OfType<string>())
        {
            if ((await Try(python, "-c", "import numpy")).ExitCode == 0)
            {
                _found.Add(new PeerProgram(Name, python, Path.Combine(_folder, "numpy_mnist.py")) { TakesThreads = false });
                return;
            }
        }
        _missing.Add(new MissingPeer(Name, "found no Python 3 that has NumPy", "apt-get install python3-numpy libopenblas0-pthread"));
    }

    private static async Task<(int ExitCode, string Error)> Try(string program, params string[] arguments)
    {
        try
        {
            BufferedCommandResult result = await CliWrap.Cli.Wrap(program).WithArguments(arguments).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync();
            return (result.ExitCode, result.StandardError + result.StandardOutput);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (-1, $"found no {program}");
        }
    }
}
