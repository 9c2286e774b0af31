using System.Net;

namespace Switchboard.Server;

/// <summary>Where a server listens, with the ports it was given.</summary>
/// <param name="Ftp">Null when off.</param>
/// <param name="Ftps">Null when off.</param>
/// <param name="Udp">Null when off.</param>
public sealed record Bound(IReadOnlyList<IPEndPoint> Native, IPEndPoint? Ftp, IPEndPoint? Ftps, IPEndPoint? Udp);
