using System.Buffers;
using Switchboard.Protocol;
using Switchboard.Server.Doors.Ftp.Control;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Ftp.Data;

/// <summary>
/// One file on its way in. What fits into one buffer is stored as a whole, without an unfinished upload in between; anything longer, or
/// with an offset, is an upload. Only a transfer that ended as FTP can end well is stored; everything else is kept for REST.
/// </summary>
internal sealed class Receiver(FtpSession session, Transfer transfer, UploadPlan plan, string verb)
{
    private readonly Pace _pace = new(session.Door.Options.FtpRate);
    private readonly LineEnds? _text = session.State.IsText ? new LineEnds() : null;
    private Upload? _upload;
    private int _filled;

    private bool IsAnew => plan.ByPath is { At: 0 };

    public async Task<string> RunAsync()
    {
        session.Files.CheckUpload(session.Caller, plan);
        if (!IsAnew || plan.Announced > FilesOptions.PutLimit)
        {
            await BeginAsync();
        }

        var buffer = ArrayPool<byte>.Shared.Rent(DataConnection.PieceBytes);
        try
        {
            return await ReceiveAsync(buffer);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (_upload is not null)
            {
                await _upload.DisposeAsync();
            }
        }
    }

    private async Task BeginAsync() => _upload = await session.Files.BeginUploadAsync(session.Caller, plan, CancellationToken.None);

    private async Task<string> ReceiveAsync(byte[] buffer)
    {
        var data = await session.OpenDataAsync(transfer, Announcement());
        if (!await TryFillAsync(data, buffer) || !await session.StandsBehindAsync(transfer))
        {
            return await KeepAsync(buffer);
        }

        await TakeLeaveAsync(data);
        return Outcome(await StoreAsync(buffer));
    }

    /// <summary>Many clients wait for our close_notify after theirs. One that no longer cares has said all it had to say.</summary>
    private static async ValueTask TakeLeaveAsync(DataConnection data)
    {
        try
        {
            await Verbs.TransferVerbs.CompleteAsync(data);
        }
        catch (Exception e) when (FtpSession.IsEndOfLine(e))
        {
            await data.DisposeAsync();
        }
    }

    private string Announcement() => verb is "STOU"
        ? $"FILE: {plan.Path}"
        : session.Text($"Send it, from byte {_upload?.Offset ?? 0} on.", $"请发送，从第 {_upload?.Offset ?? 0} 字节开始。");

    /// <summary>Reads to the end of the data.</summary>
    /// <returns>Whether that end is one a whole transfer has: told as such by the line, or known by the bytes announced (RFC 4217, section 12.4).</returns>
    private async ValueTask<bool> TryFillAsync(DataConnection data, byte[] buffer)
    {
        try
        {
            await FillAsync(data, buffer);
        }
        catch (Exception e) when (FtpSession.IsEndOfLine(e))
        {
            return false;
        }

        var announced = plan.Announced ?? 0;
        var came = Math.Max(transfer.Bytes, (_upload?.Offset ?? 0) + _filled);
        return came >= announced && (data.EndedCleanly || (announced > 0 && (came == announced || transfer.Bytes == announced)));
    }

    private async ValueTask FillAsync(DataConnection data, byte[] buffer)
    {
        // One byte of the buffer stays free for a carriage return that waits for its line feed.
        var room = DataConnection.PieceBytes - 1;
        for (int got; (got = await data.ReadAsync(buffer.AsMemory(_filled, (int)_pace.Piece(room - _filled)))) > 0;)
        {
            transfer.Progress(got);
            _filled += _text is null ? got : ToFile(buffer, got);
            if (_filled == room || (_upload is not null && !data.HasMoreAtHand(got, room - _filled)))
            {
                await WriteAsync(buffer);
            }

            await _pace.KeepAsync(got);
        }

        _filled += _text?.Finish(buffer.AsSpan(_filled)) ?? 0;
    }

    private int ToFile(byte[] buffer, int got)
    {
        var line = ArrayPool<byte>.Shared.Rent(got);
        buffer.AsSpan(_filled, got).CopyTo(line);
        var length = _text!.ToFile(line.AsSpan(0, got), buffer.AsSpan(_filled));
        ArrayPool<byte>.Shared.Return(line);
        return length;
    }

    /// <summary>Hands on what the buffer holds.</summary>
    private async ValueTask WriteAsync(byte[] buffer)
    {
        if (_upload is null)
        {
            await BeginAsync();
        }

        if (_filled > 0)
        {
            await _upload!.WriteAsync(_upload.Offset, new ReadOnlySequence<byte>(buffer, 0, _filled));
            _filled = 0;
        }
    }

    private async ValueTask<Stored> StoreAsync(byte[] buffer)
    {
        if (_upload is null)
        {
            var put = new PutPlan { Path = plan.Path, IfExists = plan.IfExists, WithoutDigest = plan.WithoutDigest, DropUnfinished = true };
            return await session.Files.PutAsync(session.Caller, put, new ReadOnlySequence<byte>(buffer, 0, _filled));
        }

        await WriteAsync(buffer);
        return await _upload.CommitAsync(_upload.Offset, null);
    }

    private string Outcome(Stored stored) => Reply.Line(226, stored.Sha256.Length == 0
        ? session.Text($"Stored: {stored.Total} bytes.", $"已保存：{stored.Total} 字节。")
        : session.Text($"Stored: {stored.Total} bytes, SHA-256 {stored.Sha256}", $"已保存：{stored.Total} 字节，SHA-256 {stored.Sha256}"));

    /// <summary>Interrupted: nothing appears under the name; what came is kept where an account has room for it.</summary>
    private async Task<string> KeepAsync(byte[] buffer)
    {
        if (_filled > 0)
        {
            await WriteAsync(buffer);
        }

        var kept = _upload?.Offset ?? 0;
        return Reply.Line(426, session.Text(
            $"Interrupted: nothing was stored; {kept} bytes are kept, REST {kept} goes on.", $"传输中断：未保存；已保留 {kept} 字节，可用 REST {kept} 继续。"));
    }
}
