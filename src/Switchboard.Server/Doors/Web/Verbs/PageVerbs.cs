using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Switchboard.Protocol;

namespace Switchboard.Server.Doors.Web.Verbs;

/// <summary>The page, as it was built into the program: <c>page/NAME</c> among its resources, with <c>.br</c> and <c>.gz</c> beside what they are smaller than.</summary>
internal static class PageVerbs
{
    private const string Folder = "page/";
    private const string Start = "index.html";

    private static readonly FileExtensionContentTypeProvider Types = new();
    private static readonly FrozenDictionary<string, PageFile> Files = Read();

    public static Task GetAsync(WebRequest request)
    {
        string path = request.Request.Path.Value!.TrimStart('/');
        if (path.StartsWith("api/", StringComparison.Ordinal))
        {
            throw new RefusedException(RefusalCode.NotFound, request.Request.Path);
        }

        if (Files.ContainsKey(Folder + path))
        {
            return SendAsync(request, Folder + path);
        }

        // What looks like a file is one that is not there; everything else is a place within the page.
        return path.StartsWith("assets/", StringComparison.Ordinal) ? throw new RefusedException(RefusalCode.NotFound, request.Request.Path)
            : Files.ContainsKey(Folder + Start) ? SendAsync(request, Folder + Start)
            : request.TextAsync(
                "This Switchboard server was built without its page: Node.js 20 or newer was not there. The API is at /api/openapi.json.\n"
                + "此 Switchboard 服务器构建时没有 Node.js 20 或更新版本，因此不含网页。API 说明位于 /api/openapi.json。\n");
    }

    public static async Task SendAsync(WebRequest request, string name)
    {
        if (!Files.TryGetValue(name, out PageFile? file))
        {
            throw new RefusedException(RefusalCode.NotFound, request.Request.Path);
        }

        HttpResponse response = request.Response;
        response.Headers.ETag = file.Tag;
        // Names of built assets hold a digest of their content; everything else is asked for again.
        response.Headers.CacheControl = name.StartsWith(Folder + "assets/", StringComparison.Ordinal) ? "public, max-age=31536000, immutable" : "no-cache";
        response.Headers.Vary = "Accept-Encoding";
        if (request.Request.Headers.IfNoneMatch == file.Tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var (encoding, bytes) = file.For(request.Request.Headers.AcceptEncoding.ToString());
        response.ContentType = file.Type;
        response.ContentLength = bytes.Length;
        if (encoding is not null)
        {
            response.Headers.ContentEncoding = encoding;
        }

        if (!HttpMethods.IsHead(request.Request.Method))
        {
            await response.Body.WriteAsync(bytes, request.Cancel);
        }
    }

    private static FrozenDictionary<string, PageFile> Read()
    {
        var assembly = typeof(PageVerbs).Assembly;
        Dictionary<string, byte[]> all = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal) || name.EndsWith(".json", StringComparison.Ordinal))
            .ToDictionary(name => name.Replace('\\', '/'), Content);
        return all.Where(file => !(file.Key.EndsWith(".br", StringComparison.Ordinal) || file.Key.EndsWith(".gz", StringComparison.Ordinal)))
            .ToFrozenDictionary(file => file.Key, file => new PageFile(TypeOf(file.Key), file.Value, all.GetValueOrDefault(file.Key + ".br"), all.GetValueOrDefault(file.Key + ".gz")));

        byte[] Content(string name)
        {
            using Stream stream = assembly.GetManifestResourceStream(name)!;
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
    }

    private static string TypeOf(string name)
    {
        string type = Types.TryGetContentType(name, out string? known) ? known : "application/octet-stream";
        return type.StartsWith("text/", StringComparison.Ordinal) ? type + "; charset=utf-8" : type;
    }

    private sealed record PageFile(string Type, byte[] Plain, byte[]? Brotli, byte[]? Gzip)
    {
        public string Tag { get; } = $"\"{Convert.ToHexStringLower(SHA256.HashData(Plain).AsSpan(0, 8))}\"";

        public (string? Encoding, byte[] Bytes) For(string accepted) =>
            Brotli is not null && accepted.Contains("br", StringComparison.Ordinal) ? ("br", Brotli)
            : Gzip is not null && accepted.Contains("gzip", StringComparison.Ordinal) ? ("gzip", Gzip)
            : (null, Plain);
    }
}
