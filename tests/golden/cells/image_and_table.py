# Image and table, drawn with PathoLearn Lab.
# Change what you like: training uses this cell as it stands.
import lightning as L
import torch
import torch.nn.functional as F
import torchmetrics
from torch import nn

DATASET = "patients"
INPUTS = ["images", "features"]
EPOCHS = 10
BATCH_SIZE = 32


class ImageAndTable(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.conv_1 = nn.Conv2d(3, 16, kernel_size=3, padding=1, bias=False)
        self.norm_1 = nn.BatchNorm2d(16)
        self.conv_2 = nn.Conv2d(16, 32, kernel_size=3, padding=1, bias=False)
        self.norm_2 = nn.BatchNorm2d(32)
        self.conv_3 = nn.Conv2d(32, 64, kernel_size=3, padding=1, bias=False)
        self.norm_3 = nn.BatchNorm2d(64)
        self.linear_1 = nn.Linear(3, 16)
        self.linear_2 = nn.Linear(80, 32)
        self.linear_3 = nn.Linear(32, 2)
        metrics = torchmetrics.MetricCollection(
            {
                "accuracy": torchmetrics.Accuracy(task="multiclass", num_classes=2),
            }
        )
        self.train_metrics = metrics.clone(prefix="train_")
        self.valid_metrics = metrics.clone(prefix="valid_")
        self.test_metrics = metrics.clone(prefix="test_")

    def forward(self, image, features):  # 3 × 32 × 32 and 3
        x = self.conv_1(image)  # 16 × 32 × 32
        x = self.norm_1(x)
        x = F.relu(x)
        x = F.max_pool2d(x, kernel_size=2)  # 16 × 16 × 16
        x = self.conv_2(x)  # 32 × 16 × 16
        x = self.norm_2(x)
        x = F.relu(x)
        x = F.max_pool2d(x, kernel_size=2)  # 32 × 8 × 8
        x = self.conv_3(x)  # 64 × 8 × 8
        x = self.norm_3(x)
        x = F.relu(x)
        x = F.max_pool2d(x, kernel_size=2)  # 64 × 4 × 4
        x = F.adaptive_avg_pool2d(x, output_size=1)  # 64 × 1 × 1
        x = torch.flatten(x, start_dim=1)  # 64
        features = self.linear_1(features)  # 16
        features = F.relu(features)
        x = torch.cat([x, features], dim=1)  # 80
        x = self.linear_2(x)  # 32
        x = F.relu(x)
        x = self.linear_3(x)  # 2
        return x

    def training_step(self, batch, batch_idx):
        return self._step(batch, "train", self.train_metrics)

    def validation_step(self, batch, batch_idx):
        return self._step(batch, "valid", self.valid_metrics)

    def test_step(self, batch, batch_idx):
        return self._step(batch, "test", self.test_metrics)

    def _step(self, batch, split, metrics):
        (images, features), labels = batch
        scores = self(images, features)
        loss = F.cross_entropy(scores, labels)
        metrics.update(scores, labels)
        self.log(f"{split}_loss", loss, on_step=False, on_epoch=True, prog_bar=True)
        self.log_dict(metrics, on_step=False, on_epoch=True, prog_bar=True)
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.001)


model = ImageAndTable()
