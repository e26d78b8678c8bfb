namespace Engine.Tests.Reference;

/// <summary>The folder of Engine.sln, above that of the tests: its pages, sources and recorded runs.</summary>
internal static class Repository
{
    public static readonly string Root = FindRoot();

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Engine.sln")))
        {
            folder = folder.Parent;
        }
        return folder?.FullName ?? throw new DirectoryNotFoundException("Expected the tests to run below the folder of Engine.sln.");
    }
}
