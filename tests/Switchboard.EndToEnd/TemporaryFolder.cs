namespace Switchboard.EndToEnd;

/// <summary>A folder of its own for one test, removed with everything in it at the end.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>Milliseconds. One that goes on writing longer does not end.</summary>
    private const long LastWords = 10_000;

    public string Path { get; } = Create();

    /// <summary>A path below the folder; nothing is created.</summary>
    public string At(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file of random bytes, different for every seed, and returns its path.</summary>
    public string RandomFile(string name, long size, int seed)
    {
        string path = At(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        Random random = new(seed);
        byte[] block = new byte[1 << 16];
        using FileStream file = File.Create(path);
        for (long left = size; left > 0; left -= Math.Min(left, block.Length))
        {
            random.NextBytes(block);
            file.Write(block, 0, (int)Math.Min(left, block.Length));
        }

        return path;
    }

    // Made for its owner only; but a server started by root goes on as another user, who has to get through to its data.
    private static string Create()
    {
        string path = Directory.CreateTempSubdirectory("switchboard-e2e-").FullName;
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return path;
    }

    /// <summary>A program that was just told to end may still write its last files here, and is then waited for.</summary>
    public void Dispose()
    {
        for (long until = Environment.TickCount64 + LastWords; Directory.Exists(Path);)
        {
            try
            {
                Directory.Delete(Path, recursive: true);
            }
            catch (IOException) when (Environment.TickCount64 < until)
            {
                Thread.Sleep(20);
            }
        }
    }
}
