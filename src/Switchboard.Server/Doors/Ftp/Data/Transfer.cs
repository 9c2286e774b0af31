using System.Diagnostics;

namespace Switchboard.Server.Doors.Ftp.Data;

/// <summary>Why a transfer did not come to its end.</summary>
internal enum Interruption
{
    None,

    /// <summary>The client said ABOR.</summary>
    Aborted,

    /// <summary>The control connection is gone. What the client sent before may still be on its way.</summary>
    ClientGone,

    /// <summary>The session has to end.</summary>
    SessionOver,

    /// <summary>No byte moved for too long.</summary>
    Stalled,
}

/// <summary>The one transfer of a session that is under way.</summary>
internal sealed class Transfer(string what) : IAsyncDisposable
{
    /// <summary>How long what a client sent before it went may take to arrive: a few round trips of a slow line.</summary>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(2);

    private readonly long _started = Stopwatch.GetTimestamp();
    private long _bytes;
    private long _lastProgress = Environment.TickCount64;
    private int _interruption;
    private DataConnection? _data;

    /// <summary>For STAT: verb and path.</summary>
    public string What { get; } = what;

    public long Bytes => Volatile.Read(ref _bytes);

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    /// <summary>Bytes come in: what arrives after the client has gone is kept for its return.</summary>
    public bool IsUpload { get; init; }

    public Interruption Interruption => (Interruption)Volatile.Read(ref _interruption);

    /// <summary>The data connection stood at some time: a failure from here on is 426, before it is 425.</summary>
    public bool WasOpen { get; private set; }

    public long StillFor(long now) => now - Volatile.Read(ref _lastProgress);

    public void Progress(long bytes)
    {
        Volatile.Write(ref _bytes, _bytes + bytes);
        Volatile.Write(ref _lastProgress, Environment.TickCount64);
    }

    public DataConnection Use(DataConnection data)
    {
        (_data, WasOpen) = (data, true);
        if (Interruption is not Interruption.None)
        {
            data.Abort();
        }

        return data;
    }

    /// <summary>Resets the data connection, if there is one.</summary>
    public void Break() => _data?.Abort();

    /// <summary>Ends it, whatever it waits for: at once, except that an upload whose client has gone takes in what is still on its way.</summary>
    public void Interrupt(Interruption why)
    {
        if (Interlocked.CompareExchange(ref _interruption, (int)why, 0) != 0)
        {
            return;
        }

        if (why is Interruption.ClientGone && IsUpload)
        {
            _ = BreakLaterAsync();
        }
        else
        {
            Break();
        }
    }

    private async Task BreakLaterAsync()
    {
        await Task.Delay(DrainLimit);
        Break();
    }

    public ValueTask DisposeAsync() => _data?.DisposeAsync() ?? ValueTask.CompletedTask;
}
