using Engine.Data;
using Engine.Kernels;
using Engine.Networks;

namespace Engine.Peers;

/// <summary>MNIST for a peer.</summary>
internal static class PeerData
{
    /// <summary>All pixels as floats from 0 to 1, image after image.</summary>
    /// <param name="folder">Where the images come from, for the message.</param>
    /// <param name="images">The images.</param>
    /// <param name="network">The network that they have to fit.</param>
    /// <param name="minimumCount">The fewest images that will do.</param>
    /// <exception cref="InvalidDataException">There are too few images, or they have another size or more classes.</exception>
    public static float[] Floats(string folder, ImageDataset images, Network network, int minimumCount)
    {
        if (images.Inputs != network.Inputs || !images.FitsOutputs(network.Outputs) || images.Count < minimumCount)
        {
            throw new InvalidDataException(
                $"expected at least {minimumCount} images of {network.Inputs} pixels and {network.Outputs} classes in {folder}; "
                + $"found {images.Count} of {images.Inputs} pixels and {images.Classes} classes");
        }
        var floats = new float[images.Pixels.Length];
        PixelKernel.Scale(images.Pixels, floats);
        return floats;
    }
}
