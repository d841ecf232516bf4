# reconstruction network, drawn with PathoLearn Lab.
# Change what you like: training uses this cell as it stands.
import lightning as L
import torch
import torch.nn.functional as F
import torchmetrics
from torch import nn

DATASET = "nuclei"
TARGET = "images"
EPOCHS = 8
BATCH_SIZE = 32


class ReconstructionNetwork(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.conv_1 = nn.Conv2d(3, 4, kernel_size=3, padding="same")
        self.conv_2 = nn.Conv2d(4, 3, kernel_size=1)
        metrics = torchmetrics.MetricCollection(
            {
                "mse": torchmetrics.MeanSquaredError(),
            }
        )
        self.train_metrics = metrics.clone(prefix="train_")
        self.valid_metrics = metrics.clone(prefix="valid_")
        self.test_metrics = metrics.clone(prefix="test_")

    def forward(self, x):  # 3 × 32 × 32
        x = self.conv_1(x)  # 4 × 32 × 32
        x = F.relu(x)
        x = self.conv_2(x)  # 3 × 32 × 32
        return x

    def training_step(self, batch, batch_idx):
        return self._step(batch, "train", self.train_metrics)

    def validation_step(self, batch, batch_idx):
        return self._step(batch, "valid", self.valid_metrics)

    def test_step(self, batch, batch_idx):
        return self._step(batch, "test", self.test_metrics)

    def _step(self, batch, split, metrics):
        images, originals = batch
        reconstructions = self(images)
        loss = F.mse_loss(reconstructions, originals)
        metrics.update(reconstructions, originals)
        self.log(f"{split}_loss", loss, on_step=False, on_epoch=True, prog_bar=True)
        self.log_dict(metrics, on_step=False, on_epoch=True, prog_bar=True)
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.001)


model = ReconstructionNetwork()
