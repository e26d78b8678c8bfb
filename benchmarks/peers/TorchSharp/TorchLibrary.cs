using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Engine.Peers;

/// <summary>The native library of TorchSharp.</summary>
internal static class TorchLibrary
{
    /// <summary>Loads it. TorchSharp finds it loaded; left to itself it tells on standard output what it tried, but not why that failed.</summary>
    /// <exception cref="UnavailableException">It cannot be loaded.</exception>
    public static void Load()
    {
        try
        {
            Assembly assembly = typeof(torch).Assembly;
            NativeLibrary.Load("torch_cpu", assembly, null);
            NativeLibrary.Load("LibTorchSharp", assembly, null);
        }
        catch (Exception exception) when (NativeLibraryFault.IsOne(exception))
        {
            throw new UnavailableException($"the native library of TorchSharp cannot be loaded: {NativeLibraryFault.Reason(exception)}");
        }
    }

    /// <summary>The version of the package and of the library below it.</summary>
    public static string Version()
    {
        string package = typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        return $"TorchSharp {package.Split('+')[0]}, libtorch {torch.__version__}";
    }
}
