using System.Diagnostics.CodeAnalysis;
using Switchboard.Framing;
using Switchboard.Protocol;

namespace Switchboard.Client;

/// <summary>
/// What this side has yet to say to a job, whoever asks for it and whether the line is there or not. A session takes it out frame by frame; what a
/// broken line may have lost of the input is still here for the next one.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle nobody asks for has nothing to give back, and a writer may still hold it.")]
internal sealed class JobOutbox(OutputCursor cursor, (int Rows, int Columns)? openingSize)
{
    // Nobody presses Ctrl-C this often while a line is down; it is a program that runs wild.
    private const int MostSignals = 32;

    private readonly Lock sync = new();
    private readonly HeldInput input = new();
    private readonly Queue<string> signals = [];
    private readonly SemaphoreSlim writing = new(1, 1);
    private TaskCompletionSource? room;
    private TaskCompletionSource? told;
    private TaskCompletionSource? inputSent;
    private Action? wake;
    private (int Rows, int Columns)? size = openingSize;
    private bool sizeDue;
    private bool cursorDue;
    private bool ended;
    private bool endSent;
    private bool inputClosed;
    private bool detach;
    private bool detachSent;
    private bool closed;

    /// <summary>Bytes of input the program has.</summary>
    public long Taken
    {
        get
        {
            lock (sync)
            {
                return input.Taken;
            }
        }
    }

    /// <summary>The terminal's size for the opening of a session, which then need not be told again.</summary>
    public (int Rows, int Columns)? OpeningSize()
    {
        lock (sync)
        {
            sizeDue = false;
            return size;
        }
    }

    /// <summary>A session stands: input goes on behind what was taken.</summary>
    /// <param name="taken">Told by the server.</param>
    /// <param name="window">Told by the server.</param>
    /// <param name="onDue">Called when there is something to send, under a lock: it must not wait.</param>
    /// <returns>False where input was lost: the server goes back behind what it had said to have taken, and that is held no more.</returns>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadFrame"/>: it has taken what was never sent.</exception>
    public bool Open(long taken, long window, Action onDue)
    {
        lock (sync)
        {
            if (window <= 0 || !input.WasSent(taken))
            {
                throw new RefusedException(RefusalCode.BadFrame, "started", $"input from {taken} on, {window} bytes at a time");
            }

            // A server that found the job ended when it came back tells nothing of its input; then nothing is missed.
            var isLost = !input.Rewind(taken, window) && !inputClosed && !(ended && input.IsAllTaken);
            inputClosed |= isLost;
            (endSent, detachSent) = (false, false);
            wake = onDue;
            FreeRoom();
            wake();
            return !isLost;
        }
    }

    /// <summary>The program takes no input, or no more.</summary>
    public void CloseInput()
    {
        lock (sync)
        {
            inputClosed = true;
            FreeRoom();
            Complete(ref inputSent);
        }
    }

    /// <summary>The line is gone; what is asked for waits for the next one.</summary>
    public void Pause()
    {
        lock (sync)
        {
            wake = null;
        }
    }

    /// <summary>The job is no longer followed: nobody waits for anything here any more.</summary>
    public void Close()
    {
        lock (sync)
        {
            closed = true;
            wake = null;
            FreeRoom();
            Complete(ref told);
            Complete(ref inputSent);
        }
    }

    /// <summary>Takes input, and waits where the window is full. False when the job is no longer followed.</summary>
    /// <param name="bytes">The next ones.</param>
    /// <param name="isLast">Nothing follows; it is told with the bytes.</param>
    /// <param name="ct">Stops waiting.</param>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> bytes, bool isLast, CancellationToken ct)
    {
        // Two pieces written at once come one after the other, not mixed.
        await writing.WaitAsync(ct);
        try
        {
            while (Give(ref bytes, isLast, out var noRoom))
            {
                if (noRoom is null)
                {
                    return true;
                }

                await noRoom.WaitAsync(ct);
            }

            return false;
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Nothing follows. Completes when all input is on its way.</summary>
    public Task EndAsync() => SayAsync(() => ended = true, ref inputSent);

    public Task ResizeAsync(int rows, int columns) => SayAsync(() => (size, sizeDue) = ((rows, columns), true), ref told);

    /// <exception cref="RefusedException"><see cref="RefusalCode.OverLimit"/>: too many are waiting for the line.</exception>
    public Task SignalAsync(string name) => SayAsync(() =>
    {
        if (signals.Count >= MostSignals)
        {
            throw new RefusedException(RefusalCode.OverLimit, "signal", $"{MostSignals} of them are waiting for the line already");
        }

        signals.Enqueue(name);
    }, ref told);

    public Task DetachAsync() => SayAsync(() => detach = true, ref told);

    /// <summary>Tells the server how far the output was taken; also what shows it that this side is there.</summary>
    public void TellCursor()
    {
        lock (sync)
        {
            cursorDue = true;
            wake?.Invoke();
        }
    }

    /// <summary>The server's word on how much input the program has. False where that cannot be.</summary>
    public bool Take(long before)
    {
        lock (sync)
        {
            if (!input.Take(before))
            {
                return false;
            }

            FreeRoom();
            wake?.Invoke();
            return true;
        }
    }

    /// <summary>Writes what is due, at most one piece of input of it. True when there was something: flush it and ask again.</summary>
    public bool Write(FrameWriter writer, long id)
    {
        lock (sync)
        {
            TellWhatLeft();
            // A signal must not wait behind megabytes of input.
            return WriteSignals(writer, id) | WriteSize(writer, id) | WriteCursor(writer, id) | WriteInput(writer, id) | WriteDetach(writer, id);
        }
    }

    private Task SayAsync(Action say, ref TaskCompletionSource? left)
    {
        lock (sync)
        {
            if (closed)
            {
                return Task.CompletedTask;
            }

            say();
            left ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            wake?.Invoke();
            return left.Task;
        }
    }

    /// <summary>What was written before is flushed by now.</summary>
    private void TellWhatLeft()
    {
        if (signals.Count == 0 && !sizeDue && detach == detachSent)
        {
            Complete(ref told);
        }

        if (inputClosed || (ended == endSent && input.IsAllSent))
        {
            Complete(ref inputSent);
        }
    }

    private bool Give(ref ReadOnlyMemory<byte> bytes, bool isLast, out Task? noRoom)
    {
        lock (sync)
        {
            noRoom = null;
            if (closed || ended || inputClosed)
            {
                return false;
            }

            bytes = bytes[input.Give(bytes.Span)..];
            ended = isLast && bytes.IsEmpty;
            wake?.Invoke();
            if (bytes.Length > 0)
            {
                room ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
                noRoom = room.Task;
            }

            return true;
        }
    }

    private bool WriteSignals(FrameWriter writer, long id)
    {
        var any = signals.Count > 0;
        while (signals.TryDequeue(out var name))
        {
            writer.WriteHeader(new SendSignal { Id = id, Signal = name }, ProtocolJson.Default.SendSignal);
        }

        return any;
    }

    private bool WriteSize(FrameWriter writer, long id)
    {
        if (!sizeDue || size is not { } now)
        {
            return false;
        }

        sizeDue = false;
        writer.WriteHeader(new Resize { Id = id, Rows = now.Rows, Columns = now.Columns }, ProtocolJson.Default.Resize);
        return true;
    }

    private bool WriteCursor(FrameWriter writer, long id)
    {
        if (!cursorDue)
        {
            return false;
        }

        cursorDue = false;
        writer.WriteHeader(new OutputReceived { Id = id, Stdout = cursor.Stdout, Stderr = cursor.Stderr }, ProtocolJson.Default.OutputReceived);
        return true;
    }

    private bool WriteInput(FrameWriter writer, long id)
    {
        if (inputClosed)
        {
            return false;
        }

        var piece = input.Next();
        var offset = input.Sent;
        input.MarkSent(piece.Length);
        var last = ended && !endSent && input.IsAllSent;
        if (piece.IsEmpty && !last)
        {
            return false;
        }

        endSent = last;
        writer.WriteHeader(new StandardInput { Id = id, Offset = offset, End = last ? true : null }, ProtocolJson.Default.StandardInput, piece.Length);
        writer.WritePayload(piece);
        return true;
    }

    private bool WriteDetach(FrameWriter writer, long id)
    {
        if (!detach || detachSent)
        {
            return false;
        }

        detachSent = true;
        writer.WriteHeader(new Detach { Id = id }, ProtocolJson.Default.Detach);
        return true;
    }

    private void FreeRoom() => Complete(ref room);

    private static void Complete(ref TaskCompletionSource? waiting)
    {
        waiting?.TrySetResult();
        waiting = null;
    }
}
