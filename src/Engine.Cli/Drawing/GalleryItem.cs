namespace Engine.Cli.Drawing;

/// <summary>One image of a <see cref="Gallery"/>.</summary>
/// <param name="Pixels">Grey bytes, 0 for black to 255 for white, row after row.</param>
/// <param name="Rows">Rows of pixels.</param>
/// <param name="Columns">Columns of pixels.</param>
/// <param name="Caption">The line below the image: its label.</param>
/// <param name="Detail">A second line below it, if there is one: what a network makes of it.</param>
/// <param name="Wrong">Whether the network is wrong; shown in another colour.</param>
internal sealed record GalleryItem(byte[] Pixels, int Rows, int Columns, string Caption, string? Detail = null, bool Wrong = false)
{
    /// <summary>The pixels as an image.</summary>
    /// <exception cref="ArgumentException">They do not make an image of this size.</exception>
    public GreyImage Image() => new(Pixels, Rows, Columns);
}
