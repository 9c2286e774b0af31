using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Switchboard.EndToEnd.Web;

/// <summary>An upload by tus, request by request.</summary>
public sealed class TusUpload(WebClient client, string address)
{
    public const string Version = "Tus-Resumable: 1.0.0";

    /// <summary>Below <c>/api/v1</c>.</summary>
    public string Address => address;

    public string Id => address[(address.LastIndexOf('/') + 1)..];

    public static async Task<TusUpload> BeginAsync(WebClient client, string path, long length, params string[] more)
        => new(client, (await CreateAsync(client, Note([$"path={path}", .. more]), length)).Expect(201).Header("Location")!["/api/v1".Length..]);

    public static Task<WebAnswer> CreateAsync(WebClient client, string note, long length, byte[]? first = null, params string[] headers)
        => client.SendAsync(HttpMethod.Post, "/tus", first is null ? null : Content(first),
            [Version, string.Create(CultureInfo.InvariantCulture, $"Upload-Length: {length}"), "Upload-Metadata: " + note, .. headers]);

    public Task<WebAnswer> AppendAsync(long offset, ReadOnlyMemory<byte> bytes, params string[] headers)
        => client.SendAsync(HttpMethod.Patch, address, Content(bytes), [Version, string.Create(CultureInfo.InvariantCulture, $"Upload-Offset: {offset}"), .. headers]);

    public Task<WebAnswer> ShowAsync() => client.HeadAsync(address, Version);

    public async Task<long> OffsetAsync() => long.Parse((await ShowAsync()).Expect(200).Header("Upload-Offset")!, CultureInfo.InvariantCulture);

    public Task<WebAnswer> DropAsync() => client.DeleteAsync(address, Version);

    /// <param name="pairs"><c>key=value</c></param>
    public static string Note(params string[] pairs)
        => string.Join(',', pairs.Select(pair => pair.Split('=', 2)).Select(pair => $"{pair[0]} {Convert.ToBase64String(Encoding.UTF8.GetBytes(pair[1]))}"));

    public static string Checksum(string algorithm, ReadOnlySpan<byte> bytes)
    {
        byte[] digest = CryptographicOperations.HashData(new HashAlgorithmName(algorithm.ToUpperInvariant()), bytes);
        return $"Upload-Checksum: {algorithm} {Convert.ToBase64String(digest)}";
    }

    public static ReadOnlyMemoryContent Content(ReadOnlyMemory<byte> bytes)
    {
        ReadOnlyMemoryContent content = new(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
        return content;
    }
}
