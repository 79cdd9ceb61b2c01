/** In a network of one's own every port is free. */
export const ownNetworksPort = 21_000;
