using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Switchboard.Protocol;
using Switchboard.Server.Services.Files;

namespace Switchboard.Server.Doors.Web.Verbs;

/// <summary>Resumable uploads by the tus protocol 1.0.0: creation, creation-with-upload, termination, checksum, expiration.</summary>
internal static class TusVerbs
{
    private const string Version = "1.0.0";
    private const string OffsetType = "application/offset+octet-stream";

    /// <summary>tus, "Checksum": its own status for a checksum that does not fit.</summary>
    private const int ChecksumMismatch = 460;

    /// <summary>Uploads into the home of whoever is logged in.</summary>
    public static WebVerb[] OfHome { get; } = Verbs(HomeUploads.At, WebNeeds.Login, request => new(new HomeUploads(request.Door.Core.Files, request.Caller)));

    /// <summary>Uploads by a link.</summary>
    public static WebVerb[] OfShare { get; } = Verbs(ShareVerbs.Prefix + "{id}/tus", WebNeeds.Nothing,
        async request => new ShareUploads(await ShareVerbs.OpenAsync(request, toLook: HttpMethods.IsHead(request.Request.Method))));

    private static WebVerb[] Verbs(string address, WebNeeds needs, Func<WebRequest, ValueTask<IUploadPlace>> placeOf)
    {
        string one = address + "/{upload}";
        return
        [
            new("OPTIONS", address, WebNeeds.Nothing, OptionsAsync),
            new("POST", address, needs, In(CreateAsync)),
            new("OPTIONS", one, WebNeeds.Nothing, OptionsAsync),
            new("HEAD", one, needs, In(ShowAsync)),
            new("PATCH", one, needs, In(AppendAsync)),
            new("DELETE", one, needs, In(DropAsync)),
            new("POST", one, needs, In(OverriddenAsync)),
        ];

        Func<WebRequest, Task> In(Func<WebRequest, IUploadPlace, Task> handle) => async request => await handle(request, await placeOf(request));
    }

    private static Task OptionsAsync(WebRequest request)
    {
        IHeaderDictionary headers = request.Response.Headers;
        headers["Tus-Resumable"] = Version;
        headers["Tus-Version"] = Version;
        headers["Tus-Extension"] = "creation,creation-with-upload,termination,checksum,expiration";
        headers["Tus-Checksum-Algorithm"] = "sha1,sha256,md5";
        return request.DoneAsync();
    }

    private static async Task CreateAsync(WebRequest request, IUploadPlace place)
    {
        if (!IsSpoken(request))
        {
            return;
        }

        string field = request.Request.Headers["Upload-Metadata"].ToString();
        Upload upload = await place.BeginAsync(UploadNote.Read(field), field, LengthOf(request), request.Cancel);
        await using UploadLease lease = request.Door.Uploads.Enter(place, upload, field);
        request.Response.StatusCode = StatusCodes.Status201Created;
        request.Response.Headers.Location = $"{place.Address}/{upload.Id}";
        bool carriesBytes = request.Request.ContentType == OffsetType;
        await (carriesBytes ? TakeAsync(request, lease, 0) : FinishAsync(request, lease));
    }

    private static async Task ShowAsync(WebRequest request, IUploadPlace place)
    {
        if (!IsSpoken(request))
        {
            return;
        }

        string id = request.Route("upload");
        request.Response.Headers.CacheControl = "no-store";
        if (request.Door.Uploads.Finished(place, id) is { } finished)
        {
            Tell(request, finished.Total, finished.Total);
            TellStored(request, finished.Stored);
            return;
        }

        UnfinishedUpload kept = place.Find(id);
        if (kept.Offset == kept.Total)
        {
            // All its bytes came and it could not be stored. A client takes this answer for the end, so it is stored now or refused.
            await using UploadLease lease = await request.Door.Uploads.TakeAsync(place, id, request.Cancel);
            await FinishAsync(request, lease);
            return;
        }

        Tell(request, kept.Offset, kept.Total);
        TellExpiry(request);
        if (kept.Note is { Length: > 0 } note)
        {
            request.Response.Headers["Upload-Metadata"] = note;
        }
    }

    private static async Task AppendAsync(WebRequest request, IUploadPlace place)
    {
        if (!IsSpoken(request))
        {
            return;
        }

        if (request.Request.ContentType != OffsetType)
        {
            throw new RefusedException(RefusalCode.BadRequest, "Content-Type", OffsetType);
        }

        await using UploadLease lease = await request.Door.Uploads.TakeAsync(place, request.Route("upload"), request.Cancel);
        long offset = Bodies.NumberIn(request.Request.Headers["Upload-Offset"]) ?? throw new RefusedException(RefusalCode.BadRequest, "Upload-Offset", "where these bytes belong");
        request.Response.StatusCode = StatusCodes.Status204NoContent;
        await TakeAsync(request, lease, offset);
    }

    private static async Task DropAsync(WebRequest request, IUploadPlace place)
    {
        if (IsSpoken(request))
        {
            await request.Door.Uploads.DropAsync(place, request.Route("upload"));
            await request.DoneAsync();
        }
    }

    /// <summary>For clients behind something that lets no PATCH through (tus, "X-HTTP-Method-Override").</summary>
    private static Task OverriddenAsync(WebRequest request, IUploadPlace place) => request.Request.Headers["X-HTTP-Method-Override"].ToString() switch
    {
        "PATCH" => AppendAsync(request, place),
        "DELETE" => DropAsync(request, place),
        _ => throw new RefusedException(RefusalCode.Unsupported, "POST"),
    };

    private static async Task TakeAsync(WebRequest request, UploadLease lease, long offset)
    {
        Begin(lease, offset);
        var (checksum, expected) = ChecksumOf(request);
        using (checksum)
        {
            await Bodies.ReceiveAsync(request, lease.Upload, offset, checksum);
            if (checksum is not null && !CryptographicOperations.FixedTimeEquals(checksum.GetHashAndReset(), expected))
            {
                lease.Upload.ReturnTo(offset);
                request.Response.StatusCode = ChecksumMismatch;
                Tell(request, lease.Upload.Offset, null);
                return;
            }
        }

        await FinishAsync(request, lease);
    }

    /// <summary>A client that has just made this upload begins at 0, also where something was kept from elsewhere that it does not care for.</summary>
    private static void Begin(UploadLease lease, long offset)
    {
        if (lease.Held.IsFresh && offset == 0)
        {
            lease.Upload.ReturnTo(0);
        }

        lease.Held.IsFresh = false;
        if (offset != lease.Upload.Offset)
        {
            throw new RefusedException(RefusalCode.BadOffset, lease.Upload.Id, $"the next byte is {lease.Upload.Offset}");
        }
    }

    private static async Task FinishAsync(WebRequest request, UploadLease lease)
    {
        long offset = lease.Upload.Offset;
        Tell(request, offset, lease.Upload.Total);
        if (offset != lease.Upload.Total)
        {
            TellExpiry(request);
            return;
        }

        try
        {
            TellStored(request, await lease.CommitAsync(UploadNote.Read(lease.Held.Note).Sha256));
        }
        catch (RefusedException e) when (e.Refusal.Code is RefusalCode.DigestMismatch)
        {
            // Going on with it could only fail again.
            await lease.DropAsync();
            throw;
        }
    }

    private static void Tell(WebRequest request, long offset, long? total)
    {
        IHeaderDictionary headers = request.Response.Headers;
        headers["Tus-Resumable"] = Version;
        headers["Upload-Offset"] = offset.ToString(CultureInfo.InvariantCulture);
        if (total is { } length)
        {
            headers["Upload-Length"] = length.ToString(CultureInfo.InvariantCulture);
        }
    }

    private static void TellExpiry(WebRequest request) =>
        request.Response.Headers["Upload-Expires"] = HeaderUtilities.FormatDate(DateTimeOffset.UtcNow + request.Door.Options().PartialExpiry);

    private static void TellStored(WebRequest request, Stored stored)
    {
        request.Response.Headers["X-Path"] = string.Join('/', stored.Path.Split('/').Select(Uri.EscapeDataString));
        request.Response.Headers["X-Sha256"] = stored.Sha256;
    }

    /// <summary>tus, "Tus-Resumable": another version is answered 412 with those that are spoken.</summary>
    private static bool IsSpoken(WebRequest request)
    {
        if (request.Request.Headers["Tus-Resumable"] == Version)
        {
            return true;
        }

        request.Response.StatusCode = StatusCodes.Status412PreconditionFailed;
        request.Response.Headers["Tus-Version"] = Version;
        return false;
    }

    private static long LengthOf(WebRequest request)
    {
        IHeaderDictionary headers = request.Request.Headers;
        return Bodies.NumberIn(headers["Upload-Length"]) is { } length and >= 0
            ? length
            : throw new RefusedException(RefusalCode.BadRequest, "Upload-Length", "bytes of the whole");
    }

    private static (IncrementalHash? Hash, byte[] Expected) ChecksumOf(WebRequest request)
    {
        string field = request.Request.Headers["Upload-Checksum"].ToString();
        if (field.Length == 0)
        {
            return (null, []);
        }

        string[] parts = field.Split(' ', 2);
        HashAlgorithmName? name = parts[0] switch
        {
            "sha1" => HashAlgorithmName.SHA1,
            "sha256" => HashAlgorithmName.SHA256,
            "md5" => HashAlgorithmName.MD5,
            _ => null,
        };
        byte[] expected = new byte[64];
        return name is { } known && parts.Length == 2 && Convert.TryFromBase64String(parts[1], expected, out int length)
            ? (IncrementalHash.CreateHash(known), expected[..length])
            : throw new RefusedException(RefusalCode.BadRequest, "Upload-Checksum", "sha1, sha256 or md5, and base64");
    }
}
