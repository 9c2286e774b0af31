using System.Buffers;
using Microsoft.Win32.SafeHandles;
using Switchboard.Protocol;
using Switchboard.Server.Storage.Posix;
using Switchboard.Server.Storage.Spools;

namespace Switchboard.Server.Services.Commands;

/// <summary>
/// What clients send to a job: into its pipe as far as it takes it, the rest into a queue of at most a window per client, so that nobody's
/// connection waits for a program. Each client's bytes are counted, so that after a broken line it goes on at the right one.
/// </summary>
internal sealed class JobInput : IDisposable
{
    /// <summary>Clients whose input is counted; more than type at one terminal.</summary>
    private const int MostWriters = 8;

    private readonly JobFolder _folder;
    private readonly SafeFileHandle _pipe;
    private readonly SafeFileHandle? _count;
    private readonly bool _isTerminal;
    private readonly Poller _poller;
    private readonly Changed _changed;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Writer> _writers = new(StringComparer.Ordinal);
    private readonly Queue<Piece> _queue = new();
    private ulong _key;
    private bool _endWanted;
    private bool _closed;

    /// <param name="folder">The job's.</param>
    /// <param name="pipe">Its input, or the master of its terminal.</param>
    /// <param name="isTerminal">Then it has no end, and is not counted for a later server: a terminal does not outlive this one.</param>
    /// <param name="key">Whose count is kept on the disk; null for nobody's.</param>
    /// <param name="poller">Tells when the pipe has room.</param>
    /// <param name="changed">Told when input was taken.</param>
    public JobInput(JobFolder folder, SafeFileHandle pipe, bool isTerminal, string? key, Poller poller, Changed changed)
    {
        (_folder, _pipe, _isTerminal, _poller, _changed) = (folder, pipe, isTerminal, poller, changed);
        if (!isTerminal && key is not null)
        {
            _count = folder.OpenInputCount();
            var taken = folder.ReadInputCount();
            _writers[key] = new Writer { Accepted = taken?.Done ?? 0, Taken = taken?.Done ?? 0, IsCounted = true, IsUncertain = taken is { } noted && noted.Begun != noted.Done };
        }

        if (folder.IsInputEnded)
        {
            Close();
        }
    }

    /// <summary>How many bytes of a client were given to the program.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadOffset"/>: a server before this one was killed while it wrote, and nobody knows how far it came.</exception>
    public long Taken(string key)
    {
        lock (_gate)
        {
            var writer = _writers.GetValueOrDefault(key);
            return writer is { IsUncertain: true }
                ? throw new RefusedException(RefusalCode.BadOffset, "stdin", "the server was killed while it passed input on; how much arrived is not known")
                : writer?.Taken ?? 0;
        }
    }

    /// <summary>As <see cref="Taken"/>, for a session that stands.</summary>
    public long TakenNow(string key)
    {
        lock (_gate)
        {
            return _writers.GetValueOrDefault(key)?.Taken ?? 0;
        }
    }

    /// <summary>Takes input from a client. What it sent before, and was taken, is passed over.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadOffset"/> for a hole; <see cref="RefusalCode.BadRequest"/> beyond the window.</exception>
    public void Offer(string key, long offset, ReadOnlySequence<byte> bytes)
    {
        lock (_gate)
        {
            var writer = WriterOf(key);
            if (offset > writer.Accepted)
            {
                throw new RefusedException(RefusalCode.BadOffset, "stdin", $"the next byte is {writer.Accepted}");
            }

            bytes = bytes.Slice(Math.Min(bytes.Length, writer.Accepted - offset));
            if (writer.Accepted + bytes.Length - writer.Taken > CommandsOptions.InputWindow)
            {
                throw new RefusedException(RefusalCode.BadRequest, "stdin", $"at most {CommandsOptions.InputWindow} bytes may be on their way");
            }

            writer.Accepted += bytes.Length;
            if (!_closed)
            {
                Enqueue(writer, _queue.Count == 0 ? WriteDirectly(writer, bytes) : bytes);
                Arm();
            }
        }

        _changed.Pulse();
    }

    /// <summary>Nothing more comes: the program reads the end when it has read what was sent.</summary>
    public void End()
    {
        lock (_gate)
        {
            _endWanted = !_isTerminal;
            CloseIfDone();
        }
    }

    /// <summary>A client begins a session anew: what of its input is still in the queue it would send again.</summary>
    public void Rewind(string key)
    {
        lock (_gate)
        {
            if (_writers.GetValueOrDefault(key) is not { } writer || writer.Accepted == writer.Taken)
            {
                return;
            }

            var others = _queue.Where(piece => piece.Writer != writer).ToList();
            _queue.Clear();
            others.ForEach(_queue.Enqueue);
            writer.Accepted = writer.Taken;
        }
    }

    /// <summary>Lets go of the pipe without ending the input: the job may outlive this server.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            Close();
            _count?.Dispose();
        }
    }

    private Writer WriterOf(string key)
    {
        if (_writers.TryGetValue(key, out var writer))
        {
            return writer;
        }

        if (_writers.Count >= MostWriters && _writers.FirstOrDefault(pair => !pair.Value.IsCounted && pair.Value.Accepted == pair.Value.Taken) is { Key: { } idle })
        {
            _writers.Remove(idle);
        }

        return _writers.Count < MostWriters
            ? _writers[key] = new Writer()
            : throw new RefusedException(RefusalCode.OverLimit, null, $"{MostWriters} clients send input to this job already");
    }

    private ReadOnlySequence<byte> WriteDirectly(Writer writer, ReadOnlySequence<byte> bytes)
    {
        while (!bytes.IsEmpty && Write(writer, bytes.FirstSpan) is > 0 and var written)
        {
            bytes = bytes.Slice(written);
        }

        return bytes;
    }

    private int Write(Writer writer, ReadOnlySpan<byte> bytes)
    {
        Note(writer, writer.Taken + bytes.Length);
        var error = Pipes.TryWrite(_pipe, bytes, out var written);
        writer.Taken += written;
        Note(writer, writer.Taken);
        if (written == bytes.Length && written >= 64 * 1024 && !_isTerminal)
        {
            Pipes.Enlarge(_pipe, Pipes.LargestPipe);
        }

        return error is Errno.EINTR ? 0 : written;
    }

    private void Note(Writer writer, long begun)
    {
        if (writer.IsCounted)
        {
            _folder.WriteInputCount(_count!, begun, writer.Taken);
        }
    }

    private void Enqueue(Writer writer, ReadOnlySequence<byte> rest)
    {
        if (!rest.IsEmpty)
        {
            _queue.Enqueue(new Piece(writer, rest.ToArray()));
        }
    }

    private void Arm()
    {
        if (_queue.Count > 0 && _key == 0)
        {
            _key = _poller.Add(_pipe, Readiness.Write, _ => WriteQueued());
        }
    }

    private void WriteQueued()
    {
        lock (_gate)
        {
            while (!_closed && _queue.TryPeek(out var piece))
            {
                piece.Done += Write(piece.Writer, piece.Bytes.AsSpan(piece.Done));
                if (piece.Done < piece.Bytes.Length)
                {
                    break;
                }

                _queue.Dequeue();
            }

            Disarm(_queue.Count == 0);
            CloseIfDone();
        }

        _changed.Pulse();
    }

    private void Disarm(bool done)
    {
        if (done && _key != 0)
        {
            _poller.Remove(_pipe, _key);
            _key = 0;
        }
    }

    private void CloseIfDone()
    {
        if (_endWanted && !_closed && _queue.Count == 0)
        {
            _folder.NoteInputEnd();
            Close();
        }
    }

    private void Close()
    {
        if (!_closed)
        {
            _closed = true;
            Disarm(done: true);
            if (!_isTerminal)
            {
                _pipe.Dispose();
            }

            if (_folder.IsInputEnded)
            {
                JobFolder.Release(_folder.HoldPipe);
            }
        }
    }

    private sealed class Writer
    {
        /// <summary>Bytes taken over from the client.</summary>
        public long Accepted { get; set; }

        /// <summary>Of these, bytes given to the program.</summary>
        public long Taken { get; set; }

        /// <summary>Its count is kept on the disk.</summary>
        public bool IsCounted { get; init; }

        public bool IsUncertain { get; init; }
    }

    private sealed class Piece(Writer writer, byte[] bytes)
    {
        public Writer Writer => writer;

        public byte[] Bytes => bytes;

        public int Done { get; set; }
    }
}
