using Switchboard.Protocol;
using Switchboard.Server.Storage.Posix;
using Switchboard.Server.Storage.Spools;

namespace Switchboard.Server.Services.Commands;

/// <summary>
/// What a job writes: out of its pipes, into its spools, within a bound for both together. When it is full, what nobody is waited for is dropped
/// from the middle; when there is nothing to drop, the pipe is left alone, and so the program waits.
/// </summary>
internal sealed class JobOutput : IDisposable
{
    public const int Stdout = 0, Stderr = 1;

    /// <summary>Moved at once: long enough to cost little per byte, short enough to leave the thread to other jobs.</summary>
    private const int PieceBytes = 1 << 20;

    /// <summary>Dropped at once, as a part of the bound: each costs two system calls.</summary>
    private const int DropParts = 8;

    private readonly CommandsOptions _options;
    private readonly JobReaders _readers;
    private readonly Lock _gate;
    private readonly Changed _changed;
    private readonly bool _waitWhenFull;
    private readonly Poller _poller;
    private readonly Source?[] _sources;
    private readonly byte[]? _terminalBuffer;
    private int _terminalBytes;

    public JobOutput(JobFolder folder, JobPipes? pipes, CommandsOptions options, JobReaders readers, Lock gate, Changed changed, bool waitWhenFull, Poller poller)
    {
        (_options, _readers, _gate, _changed, _waitWhenFull, _poller) = (options, readers, gate, changed, waitWhenFull, poller);
        Spools = [Spool.Open(folder.OutputFile), Spool.Open(folder.ErrorFile)];
        _sources = [pipes is null ? null : new Source(pipes.Output), pipes?.Error is { } error ? new Source(error) : null];
        _terminalBuffer = pipes is { IsTerminal: true } ? new byte[64 * 1024] : null;
    }

    /// <summary>Of stdout and of stderr.</summary>
    public Spool[] Spools { get; }

    /// <summary>A program waits because the log is full, or the disk.</summary>
    public bool IsFull => Array.Exists(_sources, source => source is { IsPaused: true });

    public long Dropped => Spools[Stdout].Dropped + Spools[Stderr].Dropped;

    public long Kept => Spools[Stdout].Kept + Spools[Stderr].Kept;

    public void Start()
    {
        foreach (var (source, stream) in _sources.Select((source, stream) => (source, stream)).Where(pair => pair.source is not null))
        {
            source!.Key = _poller.Add(source.Pipe, Readiness.Read, _ => Take(stream));
        }
    }

    /// <summary>Somebody read, left or was given up: a program that waits may go on.</summary>
    public void Reconsider()
    {
        if (IsFull)
        {
            _poller.Post(() =>
            {
                for (var stream = 0; stream < _sources.Length; stream++)
                {
                    if (_sources[stream] is { IsPaused: true })
                    {
                        Take(stream);
                    }
                }
            });
        }
    }

    /// <summary>Takes what is left in the pipes of a job that has ended. For the poller's thread.</summary>
    /// <returns>Whether all of it is in the spools; otherwise the log is full, and it is to be tried again.</returns>
    public bool TryDrain()
    {
        var drained = true;
        for (var stream = 0; stream < _sources.Length; stream++)
        {
            while (_sources[stream] is { } source && Take(stream))
            {
                // As long as something comes.
            }

            drained &= _sources[stream] is not { IsPaused: true };
        }

        return drained;
    }

    /// <summary>Lets go of the pipes; the spools stay readable.</summary>
    public void Close()
    {
        foreach (var source in _sources.OfType<Source>())
        {
            _poller.Remove(source.Pipe, source.Key);
        }

        Array.Clear(_sources);
        _changed.Pulse();
    }

    public void Dispose()
    {
        Close();
        Array.ForEach(Spools, spool => spool.Dispose());
    }

    private bool Take(int stream)
    {
        long moved;
        lock (_gate)
        {
            if (_sources[stream] is not { } source)
            {
                return false;
            }

            var room = Room();
            Errno error = Errno.None;
            moved = room > 0 ? Move(source, Spools[stream], Math.Min(room, PieceBytes), out error) : 0;
            if (error is Errno.EIO && _terminalBuffer is not null)
            {
                // A terminal's way to say that nobody has its other end open any more (pty(7)): there is nothing to wait for.
                error = Errno.None;
                _poller.Remove(source.Pipe, source.Key);
            }

            Pause(source, room <= 0 || error is not Errno.None);
            if (moved > 64 * 1024 && !source.IsLarge)
            {
                source.IsLarge = true;
                Pipes.Enlarge(source.Pipe, Pipes.LargestPipe);
            }
        }

        if (moved > 0)
        {
            _changed.Pulse();
        }

        return moved > 0;
    }

    private long Move(Source source, Spool spool, long most, out Errno error)
    {
        error = Errno.None;
        if (_terminalBuffer is null)
        {
            long moved = 0;
            error = Pipes.HasBytes(source.Pipe) ? spool.TryTake(source.Pipe, most, out moved) : Errno.None;
            return moved;
        }

        if (_terminalBytes == 0)
        {
            error = Pipes.TryRead(source.Pipe, _terminalBuffer.AsSpan(0, (int)Math.Min(most, _terminalBuffer.Length)), out _terminalBytes);
            error = error is Errno.EAGAIN or Errno.EINTR ? Errno.None : error;
        }

        var before = spool.End;
        error = _terminalBytes > 0 ? spool.TryAppend(_terminalBuffer.AsSpan(0, _terminalBytes)) : error;
        // A full disk may have taken a part; the rest stays for the next try.
        var appended = (int)(spool.End - before);
        _terminalBuffer.AsSpan(appended, _terminalBytes - appended).CopyTo(_terminalBuffer);
        _terminalBytes -= appended;
        return appended;
    }

    private void Pause(Source source, bool pause)
    {
        if (source.IsPaused != pause)
        {
            source.IsPaused = pause;
            _poller.Change(source.Pipe, pause ? Readiness.None : Readiness.Read, source.Key);
            _changed.Pulse();
        }
    }

    private long Room()
    {
        var room = _options.LogBytes - Kept;
        if (room <= 0)
        {
            // The stream that holds more gives first.
            var first = Spools[Stdout].Kept >= Spools[Stderr].Kept ? Stdout : Stderr;
            room += Drop(first);
            room += room <= 0 ? Drop(1 - first) : 0;
        }

        return room;
    }

    private long Drop(int stream)
    {
        var spool = Spools[stream];
        var floor = _readers.Floor(stream) ?? (_waitWhenFull ? 0 : long.MaxValue);
        var from = Math.Max(spool.GapEnd, Spool.HeadBytes);
        return spool.Drop(Math.Min(floor, from + (_options.LogBytes / DropParts)));
    }

    private sealed class Source(Microsoft.Win32.SafeHandles.SafeFileHandle pipe)
    {
        public Microsoft.Win32.SafeHandles.SafeFileHandle Pipe => pipe;

        public ulong Key { get; set; }

        public bool IsPaused { get; set; }

        public bool IsLarge { get; set; }
    }
}
