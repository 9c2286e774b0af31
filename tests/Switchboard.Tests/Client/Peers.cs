using Switchboard.Client;

namespace Switchboard.Tests.Client;

/// <summary>Transfers or commands whose first connection is served by the first script, the next one by the second, and so on.</summary>
internal sealed class Peers(params Func<ScriptedPeer, Task>[] scripts) : IAsyncDisposable
{
    private readonly List<Task> served = [];
    private readonly List<ScriptedPeer> peers = [];

    public int Connections => served.Count;

    public Transfers Transfers()
    {
        return new(ConnectAsync);
    }

    public RemoteCommands Commands(TimeProvider? clock = null) => new(ConnectAsync, clock);

    public async Task<SwitchboardClient> ConnectAsync(CancellationToken ct = default)
    {
        Assert.True(served.Count < scripts.Length, "more connections than scripts");
        var peer = new ScriptedPeer();
        peers.Add(peer);
        served.Add(ServeAsync(peer, scripts[served.Count]));
        return await peer.ConnectAsync();
    }

    private static async Task ServeAsync(ScriptedPeer peer, Func<ScriptedPeer, Task> script)
    {
        await peer.LogInAsync();
        await script(peer);
    }

    /// <summary>Waits for the scripts, so that what they found wrong is told.</summary>
    public async Task FinishAsync()
    {
        await Task.WhenAll(served).WaitAsync(TimeSpan.FromSeconds(30));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var peer in peers)
        {
            await peer.DisposeAsync();
        }
    }
}

internal sealed class Scratch : IDisposable
{
    public Scratch() => Path = Directory.CreateTempSubdirectory("switchboard-client-").FullName;

    public string Path { get; }

    public string At(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    public string Write(string name, byte[] content)
    {
        var path = At(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    public string Write(string name, string content) => Write(name, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>Bytes that differ everywhere, the same for the same seed.</summary>
    public static byte[] Bytes(int count, int seed = 1)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
