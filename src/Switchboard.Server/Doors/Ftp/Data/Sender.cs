using System.Buffers;
using Switchboard.Server.Doors.Ftp.Control;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Ftp.Data;

/// <summary>One file on its way out.</summary>
internal sealed class Sender(FtpSession session, Transfer transfer, Download download)
{
    private readonly Pace _pace = new(session.Door.Options.FtpRate);

    public async Task<string> RunAsync()
    {
        var data = await session.OpenDataAsync(transfer, session.Text($"{download.Length} bytes follow.", $"共 {download.Length} 字节。"));
        if (session.State.IsText)
        {
            await SendTextAsync(data);
        }
        else
        {
            await SendBytesAsync(data);
        }

        // Checked before the end is told: a file that changed on the way must not look whole.
        var digest = download.FinishDigest();
        await Verbs.TransferVerbs.CompleteAsync(data);
        return Reply.Line(226, Outcome(digest));
    }

    private string Outcome(string? sha256) => sha256 is null || download.Offset > 0
        ? session.Text($"Sent: {transfer.Bytes} bytes.", $"已发送：{transfer.Bytes} 字节。")
        : session.Text($"Sent: {transfer.Bytes} bytes, SHA-256 {sha256}", $"已发送：{transfer.Bytes} 字节，SHA-256 {sha256}");

    private async ValueTask SendBytesAsync(DataConnection data)
    {
        var file = data.IsSecure ? null : download.Lend();
        var buffer = file is null ? ArrayPool<byte>.Shared.Rent(DataConnection.PieceBytes) : null;
        try
        {
            for (var left = download.Length; left > 0;)
            {
                var sent = file is null ? 0 : data.SendFile(file, download.Offset + transfer.Bytes, _pace.Piece(left));
                if (sent > 0)
                {
                    download.Skip(sent);
                }
                else
                {
                    buffer ??= ArrayPool<byte>.Shared.Rent(DataConnection.PieceBytes);
                    sent = download.Read(buffer.AsSpan(0, (int)_pace.Piece(Math.Min(left, DataConnection.PieceBytes))));
                    await data.WriteAsync(buffer.AsMemory(0, (int)sent));
                }

                left -= sent;
                transfer.Progress(sent);
                await _pace.KeepAsync(sent);
            }
        }
        finally
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private async ValueTask SendTextAsync(DataConnection data)
    {
        var ends = new LineEnds();
        var buffer = ArrayPool<byte>.Shared.Rent(DataConnection.PieceBytes);
        var text = ArrayPool<byte>.Shared.Rent(2 * DataConnection.PieceBytes);
        try
        {
            for (int read; (read = download.Read(buffer.AsSpan(0, DataConnection.PieceBytes))) > 0;)
            {
                await data.WriteAsync(text.AsMemory(0, ends.ToLine(buffer.AsSpan(0, read), text)));
                transfer.Progress(read);
                await _pace.KeepAsync(read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            ArrayPool<byte>.Shared.Return(text);
        }
    }
}
