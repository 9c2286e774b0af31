using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Switchboard.Protocol;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Web;

/// <summary>Content between a request or answer and a file, in pieces and never held whole.</summary>
internal static class Bodies
{
    /// <summary>One system call, one TLS write per piece; larger ones leave the second-level cache.</summary>
    private const int PieceBytes = 256 * 1024;

    public static async Task SendAsync(WebRequest request, Download download)
    {
        await request.Response.StartAsync(request.Cancel);
        PipeWriter body = request.Response.BodyWriter;
        for (long left = download.Length; left > 0;)
        {
            int read = download.Read(body.GetMemory((int)Math.Min(left, PieceBytes)).Span[..(int)Math.Min(left, PieceBytes)]);
            body.Advance(read);
            left -= read;
            request.Door.Counters.Sent(read);
            FlushResult flushed = await body.FlushAsync(request.Cancel);
            if (flushed.IsCompleted)
            {
                return;
            }
        }

        download.FinishDigest();
    }

    /// <summary>Writes the body into an upload from an offset on.</summary>
    /// <param name="checksum">Takes the bytes too.</param>
    /// <returns>The offset behind the last byte.</returns>
    public static async Task<long> ReceiveAsync(WebRequest request, Upload upload, long offset, IncrementalHash? checksum)
    {
        PipeReader body = request.Request.BodyReader;
        using var takenOver = upload.TakenOver.Register(static http => ((HttpContext)http!).Abort(), request.Http);
        while (true)
        {
            ReadResult read = await body.ReadAsync(request.Cancel);
            await upload.WriteAsync(offset, read.Buffer);
            Append(checksum, read.Buffer);
            offset += read.Buffer.Length;
            request.Door.Counters.Received(read.Buffer.Length);
            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return offset;
            }
        }
    }

    private static void Append(IncrementalHash? checksum, ReadOnlySequence<byte> bytes)
    {
        foreach (ReadOnlyMemory<byte> part in bytes)
        {
            checksum?.AppendData(part.Span);
        }
    }

    /// <summary>The whole file's SHA-256 in hex, from <c>Repr-Digest</c> (RFC 9530) or <c>X-Sha256</c>; null where none is told.</summary>
    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/> for one that is none.</exception>
    public static string? DigestIn(IHeaderDictionary headers)
    {
        const string Name = "sha-256=:";
        string field = headers["Repr-Digest"].ToString();
        int at = field.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            return headers["X-Sha256"].ToString() is { Length: > 0 } hex ? hex : null;
        }

        string value = field[(at + Name.Length)..];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes + 2];
        int end = value.IndexOf(':', StringComparison.Ordinal);
        return end > 0 && Convert.TryFromBase64String(value[..end], digest, out int length) && length == SHA256.HashSizeInBytes
            ? Convert.ToHexStringLower(digest[..length])
            : throw new RefusedException(RefusalCode.BadRequest, "Repr-Digest", "sha-256=:BASE64:");
    }

    /// <exception cref="RefusedException"><see cref="RefusalCode.BadRequest"/>.</exception>
    public static long? NumberIn(string? text) => string.IsNullOrEmpty(text) ? null
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number
        : throw new RefusedException(RefusalCode.BadRequest, text, "a number");
}
