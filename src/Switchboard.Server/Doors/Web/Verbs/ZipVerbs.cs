using System.Buffers;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Switchboard.Protocol;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Web.Verbs;

/// <summary>A folder, or some of what is in it, as a zip that is made while it is sent.</summary>
internal static class ZipVerbs
{
    public const string Prefix = WebVerbs.Api + "/zip/";

    private const int PieceBytes = 256 * 1024;

    /// <summary>Names in one request; more do not fit into an address anyway.</summary>
    private const int MostNames = 1_000;

    public static async Task GetAsync(WebRequest request)
    {
        string path = request.PathAfter(Prefix).TrimEnd('/');
        string[] names = [.. request.Request.Query["name"].OfType<string>().Take(MostNames + 1)];
        if (names.Length > MostNames)
        {
            throw new RefusedException(RefusalCode.OverLimit, "name", $"at most {MostNames}");
        }

        await using IAsyncEnumerator<Part> parts = PartsAsync(request, path, names).GetAsyncEnumerator(request.Cancel);
        // Before the first byte goes out: what is wrong with the folder itself can still be told.
        bool isAny = await parts.MoveNextAsync();
        string title = path.Length == 0 ? request.Caller.Account : path[(path.LastIndexOf('/') + 1)..];
        Begin(request.Response, title + ".zip");
        await WriteAsync(request, parts, isAny);
    }

    private static void Begin(HttpResponse response, string name)
    {
        response.ContentType = "application/zip";
        response.Headers.CacheControl = "no-store";
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(name);
        response.Headers.ContentDisposition = disposition.ToString();
    }

    private static async IAsyncEnumerable<Part> PartsAsync(WebRequest request, string path, string[] names)
    {
        Files files = request.Door.Core.Files;
        foreach (TreeItem item in names.Length == 0 ? files.OpenTree(request.Caller, path) : [])
        {
            yield return new Part(item.Entry.Path, item.Entry, item.File, item.Refusal);
        }

        foreach (string name in names)
        {
            string whole = path + "/" + name;
            if (files.Stat(request.Caller, whole) is { Type: not "folder" } entry)
            {
                yield return new Part(name, entry, await files.OpenReadAsync(request.Caller, whole, 0, null), null);
                continue;
            }

            foreach (TreeItem item in files.OpenTree(request.Caller, whole))
            {
                yield return new Part(name + "/" + item.Entry.Path.TrimStart('/'), item.Entry, item.File, item.Refusal);
            }
        }
    }

    private static async Task WriteAsync(WebRequest request, IAsyncEnumerator<Part> parts, bool isAny)
    {
        var unreadable = new StringBuilder();
        await using var zip = await ZipArchive.CreateAsync(request.Response.BodyWriter.AsStream(leaveOpen: true), ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8, request.Cancel);
        for (bool more = isAny; more; more = await parts.MoveNextAsync())
        {
            using Part part = parts.Current;
            if (part.Refusal is { } refusal)
            {
                unreadable.Append(Printable.Escape(part.Name)).Append(": ").AppendLine(RefusalText.Sentence(refusal, request.Language));
            }
            else
            {
                await AddAsync(request, zip, part);
            }
        }

        if (unreadable.Length > 0)
        {
            await using Stream note = await zip.CreateEntry("UNREADABLE.txt").OpenAsync(request.Cancel);
            await note.WriteAsync(Encoding.UTF8.GetBytes(unreadable.ToString()), request.Cancel);
        }
    }

    private static async Task AddAsync(WebRequest request, ZipArchive zip, Part part)
    {
        string name = part.Name.TrimStart('/');
        // On the wire of one's own network compressing costs more than it saves.
        ZipArchiveEntry entry = zip.CreateEntry(part.File is null ? name + "/" : name, CompressionLevel.NoCompression);
        entry.LastWriteTime = TimeOf(part.Entry);
        if (part.File is not { } file)
        {
            return;
        }

        await using Stream content = await entry.OpenAsync(request.Cancel);
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            for (int read; (read = file.Read(piece.AsSpan(0, PieceBytes))) > 0;)
            {
                await content.WriteAsync(piece.AsMemory(0, read), request.Cancel);
                request.Door.Counters.Sent(read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>A zip knows the years 1980 to 2107.</summary>
    private static DateTimeOffset TimeOf(Entry entry)
    {
        var (least, most) = (new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2107, 12, 31, 0, 0, 0, TimeSpan.Zero));
        return DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(entry.Modified / 1000, least.ToUnixTimeMilliseconds(), most.ToUnixTimeMilliseconds()));
    }

    /// <param name="Name">Within the zip.</param>
    private sealed record Part(string Name, Entry Entry, Download? File, Refusal? Refusal) : IDisposable
    {
        public void Dispose() => File?.Dispose();
    }
}
