namespace Switchboard.Client;

/// <summary>Paths on the server: from the home, with slashes.</summary>
internal static class RemotePath
{
    /// <summary>With one leading slash and none at the end; what the server reports uses this form.</summary>
    public static string Normalise(string path)
    {
        var parts = new List<string>();
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".." && parts.Count > 0)
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part is not ("." or ".."))
            {
                parts.Add(part);
            }
        }

        return "/" + string.Join('/', parts);
    }

    public static string Join(string folder, string relative) =>
        relative.Length == 0 ? folder : folder.EndsWith('/') ? folder + relative : folder + "/" + relative;

    public static string NameOf(string path) => Normalise(path) is var normal ? normal[(normal.LastIndexOf('/') + 1)..] : "";

    /// <summary>The path means "into that folder".</summary>
    public static bool IsInto(string path) => path.Length == 0 || path.EndsWith('/') || path is "." or "..";
}
